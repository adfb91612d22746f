"""Bodies are read before Django sees the request: whole, in time, and not too many at once."""

import asyncio
from typing import Any

import pytest

from accounts.models import Account
from dashboard.gateway import bodies
from tests.client import FORM
from tests.gateway.asgi import Caller, Reply, calling, never, scope

PATH = "/api/user/create-account"
BODY = b"username=somebody&password=a+long+password"
JSON = b'{"username": "somebody", "password": "a long password"}'


def outcome(reply: Reply) -> tuple[int, str]:
    answer = reply.json()
    return reply.status, answer.get("message", "")


def test_a_body_arrives_in_parts(db: None) -> None:
    with calling() as caller:
        reply = caller.ask("POST", PATH, [BODY[:5], BODY[5:]], content_type=FORM, content_length=str(len(BODY)))
    assert outcome(reply) == (200, "")


def test_a_chunked_body_arrives_in_parts(db: None) -> None:
    with calling() as caller:
        headers = {"content_type": "application/json", "transfer_encoding": "chunked"}
        assert outcome(caller.ask("POST", PATH, [JSON[:5], JSON[5:]], **headers)) == (200, "")


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (BODY, {"content_type": FORM, "content_length": "100"}),
        (JSON, {"content_type": "application/json", "transfer_encoding": "chunked"}),
    ],
)
def test_a_body_that_is_cut_off_is_refused_even_if_it_looks_whole(
    db: None, body: bytes, headers: dict[str, str]
) -> None:
    with calling() as caller:
        assert outcome(caller.run(send_without_end(caller, body, headers))) == (400, "invalid-request")
    assert not Account.objects.exists()


async def send_without_end(caller: Caller, body: bytes, headers: dict[str, str]) -> Reply:
    """Send a body, and go away."""
    return await caller.send(scope("POST", PATH, named(headers)), [body], is_ended=False)


def named(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(b"host", b"localhost")] + [(name.replace("_", "-").encode(), it.encode()) for name, it in headers.items()]


def test_a_body_that_does_not_come_is_refused_after_the_deadline(db: None, settings: Any) -> None:
    settings.BODY_TIMEOUT = 0.01
    with calling() as caller:
        headers = named({"content_type": FORM, "content_length": "100"})
        assert outcome(caller.run(caller.send(scope("POST", PATH, headers), [], receive=never))) == (
            400,
            "invalid-request",
        )


def test_a_body_that_is_too_long_is_not_read(db: None, settings: Any) -> None:
    settings.MAXIMUM_POST_DATA_LENGTH = 10
    with calling() as caller:
        reply = caller.ask("POST", PATH, [b"0123456789", b"0"], content_type=FORM, content_length="11")
    assert (outcome(reply), reply.received) == ((413, "invalid-request-length"), 0)


def test_a_chunked_body_is_read_until_it_is_too_long(db: None, settings: Any) -> None:
    settings.MAXIMUM_POST_DATA_LENGTH = 10
    with calling() as caller:
        headers = {"content_type": "application/json", "transfer_encoding": "chunked"}
        reply = caller.ask("POST", PATH, [b"0123456789", b"0", b"0", b"0"], **headers)
    assert (outcome(reply), reply.received) == ((413, "invalid-request-length"), 2)


def test_the_body_of_a_request_that_only_reads_is_not_read(db: None) -> None:
    with calling() as caller:
        reply = caller.ask("GET", "/api/errors", [b"0123456789"], content_length="10")
    assert (reply.status, reply.received) == (200, 0)


def test_too_many_bodies_are_refused_until_others_are_answered(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "SHORT", 0)
    monkeypatch.setattr(bodies, "MAX_BUFFERED", len(BODY))
    with calling() as caller:
        caller.gateway.bodies.buffered = 1
        refused = caller.ask("POST", PATH, BODY, content_type=FORM)
        assert outcome(refused) == (503, "service-unavailable")
        assert (refused.header("retry-after"), len(refused.header("x-request-id"))) == ("5", 16)
        caller.gateway.bodies.buffered -= 1
        assert outcome(caller.ask("POST", PATH, BODY, content_type=FORM)) == (200, "")
        assert caller.gateway.bodies.buffered == 0


def test_long_bodies_that_do_not_end_keep_no_short_one_out(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "MAX_BUFFERED", 40_000)
    headers = {"content_type": FORM, "content_length": "40000"}
    with calling() as caller:

        async def sign_up_beside(long: bytes) -> tuple[Reply, Reply]:
            arriving = asyncio.create_task(caller.gateway.bodies.read(environ_of_post(headers), parts(long)))
            await asyncio.sleep(0)
            refused = await caller.send(scope("POST", PATH, named(headers)), [long])
            taken = await caller.ask_async("POST", PATH, BODY, content_type=FORM, content_length=str(len(BODY)))
            arriving.cancel()
            return refused, taken

        refused, taken = caller.run(sign_up_beside(b"x" * 39_999))
    assert outcome(refused) == (503, "service-unavailable")
    assert outcome(taken) == (200, "")


def environ_of_post(headers: dict[str, str]) -> dict[str, str]:
    return {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": headers["content_length"]}


def parts(body: bytes) -> Any:
    """Return a function that receives this part of a body, and then nothing."""
    messages = [{"type": "http.request", "body": body, "more_body": True}]

    async def receive() -> Any:
        return messages.pop() if messages else await never()

    return receive
