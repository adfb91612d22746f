"""Threads: hashing leaves some of them to others, and nobody waits for a slow reader in one."""

import asyncio
from collections.abc import Iterator
from contextvars import ContextVar
from threading import Event
from time import sleep
from typing import Any

import pytest

from dashboard.core.crypto import hashers
from dashboard.gateway.application import TOO_MANY_SECONDS
from dashboard.gateway.threads import HASHING_THREADS, MOST_PAUSE_SECONDS, PART_LENGTH, PAUSE, Threads
from dashboard_project.asgi import hashing_paths
from tests.client import FORM
from tests.factories import PASSWORD, AccountFactory
from tests.gateway.asgi import Message, calling, scope

SIGN_IN = "/api/user/create-session"


def environ(path: str, method: str = "POST") -> dict[str, Any]:
    return {"PATH_INFO": path, "REQUEST_METHOD": method, "QUERY_STRING": ""}


def test_requests_that_hash_leave_threads_to_others() -> None:
    go_on = Event()

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [])
        if environ["PATH_INFO"] == "/hash":
            assert go_on.wait(30)
        return [b"done"]

    async def ask() -> None:
        threads = Threads(application, {"/hash"})
        hashing = [asyncio.create_task(threads.answer(environ("/hash"))) for _ in range(HASHING_THREADS * 3)]
        await asyncio.sleep(0)
        for other in (environ("/other"), environ("/hash", "GET")):
            if other["REQUEST_METHOD"] == "GET":
                go_on.set()
            assert (await threads.answer(other)).body == b"done"
        assert [answer.status for answer in await asyncio.gather(*hashing)] == [200] * len(hashing)
        threads.shut_down()

    asyncio.run(ask())


@pytest.mark.parametrize("path", [SIGN_IN, "/api/user/create-account", "/api/user/reset-account-password"])
def test_paths_that_hash_are_known(path: str) -> None:
    assert path in hashing_paths()


def test_half_a_body_takes_nobodys_place_in_the_line(settings: Any) -> None:
    """A request that comes without the rest of its body is answered at once, and may not hash."""
    settings.MAXIMUM_WAITING_PASSWORDS = 1
    go_on = Event()

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [])
        if hashers._is_refused.get():
            return [b"refused"]
        assert go_on.wait(30)
        return [b"hashed"]

    async def ask() -> None:
        threads = Threads(application, {"/hash"})
        hashing = [asyncio.create_task(threads.answer(environ("/hash"))) for _ in range(HASHING_THREADS)]
        await asyncio.sleep(0)
        halves = [asyncio.create_task(threads.answer(environ("/hash"), is_whole=False)) for _ in range(5)]
        assert [answer.body for answer in await asyncio.gather(*halves)] == [b"refused"] * 5
        next_one = asyncio.create_task(threads.answer(environ("/hash")))
        await asyncio.sleep(0)
        go_on.set()
        assert [it.body for it in await asyncio.gather(*hashing, next_one)] == [b"hashed"] * (HASHING_THREADS + 1)
        threads.shut_down()

    asyncio.run(ask())


@pytest.mark.parametrize(
    ("body", "length", "is_whole"), [(b"whole", "5", True), (b"half", "8", False), (b"", "9" * 30, True)]
)
def test_the_gateway_knows_half_a_body(body: bytes, length: str, is_whole: bool) -> None:
    found: list[bool] = []
    with calling() as caller:
        answer = caller.gateway.threads.answer

        async def noting(environ: Any, **options: Any) -> Any:
            found.append(options["is_whole"])
            return await answer(environ, **options)

        caller.gateway.threads.answer = noting  # type: ignore[method-assign]
        headers = [(b"host", b"localhost"), (b"content-length", length.encode())]
        reply = caller.run(caller.send(scope("POST", "/api/user/missing", headers), [body], is_ended=is_whole))
    assert found == [is_whole]
    assert reply.status in {400, 404, 413}


def test_beyond_the_line_hashing_is_refused(db: None, settings: Any) -> None:
    settings.MAXIMUM_WAITING_PASSWORDS = 0
    AccountFactory(username="somebody", administrator=True)
    body = f"username=somebody&password={PASSWORD.replace(' ', '+')}".encode()
    with calling() as caller:
        reply = caller.ask("POST", SIGN_IN, body, content_type=FORM)
        assert (reply.status, reply.json()["message"]) == (503, "service-unavailable")
        assert reply.header("retry-after") == "5"
        settings.MAXIMUM_WAITING_PASSWORDS = 1
        assert caller.ask("POST", SIGN_IN, body, content_type=FORM).status == 200


def test_beyond_the_line_other_refusals_come_first(db: None, settings: Any) -> None:
    settings.MAXIMUM_WAITING_PASSWORDS = 0
    with calling() as caller:
        reply = caller.ask("POST", SIGN_IN, b"username=", content_type=FORM)
    assert (reply.status, reply.json()["message"]) == (400, "invalid-username")


variable: ContextVar[str] = ContextVar("variable")


class Streamed:
    """A response in parts, made in the context of its request."""

    def __init__(self) -> None:
        self.made = 0
        self.closed = False

    def __call__(self, environ: dict[str, Any], start: Any) -> "Streamed":
        start("200 OK", [("Content-Type", "text/plain")])
        variable.set("of the request")
        return self

    def __iter__(self) -> Iterator[bytes]:
        for _ in range(100):
            self.made += 1
            assert variable.get() == "of the request"
            yield b"x" * PART_LENGTH

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize(
    ("seconds", "others", "expected"),
    [(0.25, 0, []), (0.25, 1, [PAUSE * 0.25] * 2), (8.0, 1, [MOST_PAUSE_SECONDS] * 2)],
)
def test_streaming_pauses_while_others_ask(
    seconds: float, others: int, expected: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In proportion to how long a part took, up to a limit, unless nobody else asks."""
    times, pauses, counted = iter(range(100)), list[float](), list[Threads]()

    async def pause(length: float) -> None:
        pauses.append(length)

    async def ask() -> None:
        threads = Threads(application, set())
        counted.append(threads)
        answer = await threads.answer({**environ("/list", "GET"), "QUERY_STRING": "all=true"})
        await threads.next_part(answer)
        threads.shut_down()

    def application(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        start("200 OK", [])
        return iter([b"some", b"more"])

    def clock() -> float:
        counted[0].requests += others
        return next(times) * seconds

    monkeypatch.setattr("dashboard.gateway.threads.monotonic", clock)
    monkeypatch.setattr("asyncio.sleep", pause)
    asyncio.run(ask())
    assert pauses == expected


@pytest.mark.parametrize(("status", "expected"), [("429 Too Many Requests", [TOO_MANY_SECONDS]), ("403 Forbidden", [])])
def test_whoever_asks_too_often_is_answered_later(
    status: str, expected: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or a client that repeats its request at once would keep the process busy with refusals."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        start(status, [])
        return [b"{}"]

    with calling(application=application) as caller:
        monkeypatch.setattr("asyncio.sleep", pause)
        assert str(caller.ask("GET", "/api/errors").status) == status[:3]
        monkeypatch.undo()
    assert pauses == expected


def test_parts_of_all_lists_are_made_one_at_a_time() -> None:
    running, most = 0, 0

    def application(environ: dict[str, Any], start: Any) -> Iterator[bytes]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        sleep(0.01)
        running -= 1
        start("200 OK", [])
        return iter([b"some"])

    async def ask() -> None:
        threads = Threads(application, set())
        all_rows = {**environ("/list", "GET"), "QUERY_STRING": "limit=1&all=true"}
        await asyncio.gather(*(threads.answer(all_rows) for _ in range(5)))
        threads.shut_down()

    asyncio.run(ask())
    assert most == 1


@pytest.mark.parametrize("path", ["/hash", "/other"])
def test_a_change_does_not_wait_where_lists_do(path: str) -> None:
    """Or passwords, by a parameter that means nothing to a change, would hold up lists and pass by their own line."""
    is_making_a_part, go_on = Event(), Event()

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [])
        if environ["REQUEST_METHOD"] == "GET":
            is_making_a_part.set()
            assert go_on.wait(30)
        return [b"done"]

    async def ask() -> None:
        threads = Threads(application, {"/hash"})
        all_rows = {"QUERY_STRING": "all=true"}
        making = asyncio.create_task(threads.answer(environ("/list", "GET") | all_rows))
        await asyncio.to_thread(is_making_a_part.wait, 30)
        async with asyncio.timeout(30):
            assert (await threads.answer(environ(path) | all_rows)).body == b"done"
        go_on.set()
        await making
        threads.shut_down()

    asyncio.run(ask())


@pytest.mark.parametrize("query", ["", "all=true"])
def test_beyond_the_line_hashing_is_refused_whatever_the_query(db: None, settings: Any, query: str) -> None:
    settings.MAXIMUM_WAITING_PASSWORDS = 0
    AccountFactory(username="somebody", administrator=True)
    body = f"username=somebody&password={PASSWORD.replace(' ', '+')}".encode()
    with calling() as caller:
        reply = caller.ask("POST", f"{SIGN_IN}?{query}", body, content_type=FORM)
    assert (reply.status, reply.json()["message"]) == (503, "service-unavailable")


def test_a_streamed_response_is_sent_whole() -> None:
    response = Streamed()
    with calling(application=response) as caller:
        assert caller.ask("GET", "/").body == b"x" * PART_LENGTH * 100
    assert response.closed


def test_a_client_that_stops_reading_is_cut_off_and_the_rest_is_not_made(settings: Any) -> None:
    settings.RESPONSE_TIMEOUT = 0.01
    response = Streamed()

    async def read_little(message: dict[str, Any]) -> None:
        if response.made > 3:
            await asyncio.sleep(60)

    with calling(application=response) as caller:
        caller.run(caller.send_to(read_little))
    assert response.closed
    assert response.made == 4


def test_nothing_more_is_made_for_a_client_that_is_gone() -> None:
    response = Streamed()

    async def gone() -> Message:
        while response.made < 4:
            await asyncio.sleep(0)
        return {"type": "http.disconnect"}

    async def read(message: Message) -> None:
        await asyncio.sleep(0)

    with calling(application=response) as caller:
        caller.run(caller.send_to(read, gone))
    assert response.closed
    assert response.made < 10


def test_a_client_that_goes_away_ends_its_response() -> None:
    response = Streamed()

    async def go_away(message: dict[str, Any]) -> None:
        if response.made > 3:
            raise ConnectionResetError

    with calling(application=response) as caller, pytest.raises(ConnectionResetError):
        caller.run(caller.send_to(go_away))
    assert response.closed
    assert response.made == 4
