"""The memory believes nothing that may have ended longer ago than its bound, in whichever order things happen."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from typing import Any

import httpx
import pytest
from answers import ACCOUNTID, COOKIES, NOW, SESSIONID, TOKEN, Recorded, error, identity
from dashboard_client import AsyncDashboard, Credentials, Dashboard, Identity, Memory, client, memory, transport
from dashboard_client.gate import Gate
from dashboard_client.memory import Event
from dashboard_client.visit import Incoming, Options, Visit

CREDENTIALS = Credentials(SESSIONID, TOKEN)
WHO = Identity(ACCOUNTID, SESSIONID, administrator=False, owner=False, verified_at=datetime.now(UTC), valid_for=1000.0)
WITHIN = 4.0


def event(action: str = "set-session-ended", accountid: str | None = ACCOUNTID) -> Event:
    return Event(action, accountid or "")


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    it = Clock()
    monkeypatch.setattr(memory, "clock", it)
    return it


def followed(kind: type[Memory] = Memory) -> Memory:
    """Return a memory whose feed is followed by the test, and not by threads."""
    it = kind(Unconnected(), within=WITHIN)  # type: ignore[arg-type]
    it._pid = os.getpid()
    return it


class Unconnected:
    """What takes the place of a client that nobody calls."""

    def with_timeout(self, _: float) -> "Unconnected":
        return self


def beat(it: Memory, *events: Event, sent: float | None = None, is_whole: bool = True) -> None:
    it._note(events, "cursor", it.now() if sent is None else sent, is_whole=is_whole)


@pytest.fixture
def kept(clock: Clock) -> Memory:
    """A memory that has kept an answer just now."""
    it = followed()
    beat(it)
    clock.time += 1
    it.keep(CREDENTIALS, WHO, clock.time)
    beat(it)
    assert it.recall(CREDENTIALS) == WHO
    return it


def test_answer_is_believed_while_the_feed_is_fresh(kept: Memory, clock: Clock) -> None:
    clock.time += WITHIN
    assert kept.recall(CREDENTIALS) == WHO
    clock.time += 0.01
    assert kept.recall(CREDENTIALS) is None
    beat(kept)
    assert kept.recall(CREDENTIALS) == WHO


def test_answer_ends_when_the_session_may_have_expired(kept: Memory, clock: Clock) -> None:
    clock.time += WHO.valid_for
    beat(kept)
    assert kept.recall(CREDENTIALS) is None


@pytest.mark.parametrize(
    ("it", "is_believed"),
    [
        (event(), False),
        (event("create-session"), False),  # it may end the oldest
        (event("an-action-of-a-later-release"), False),
        (event("an-action-of-a-later-release", None), False),
        (event("set-owner-account", "acct_1111111111111111"), False),
        (event(accountid="acct_1111111111111111"), True),
        (event("refuse-sign-in", None), True),
        (event("refuse-sign-in"), True),
    ],
)
def test_events_end_what_they_may_be_about(kept: Memory, it: Event, is_believed: bool) -> None:
    beat(kept, it)
    assert (kept.recall(CREDENTIALS) is not None) is is_believed


def test_other_tokens_of_a_session_are_not_known(kept: Memory) -> None:
    assert kept.recall(Credentials(SESSIONID, "0" * 64)) is None
    assert kept.recall(Credentials("sess_1111111111111111", TOKEN)) is None


def test_answer_from_before_the_feed_was_followed_is_not_kept(clock: Clock) -> None:
    it = followed()
    asked = it.now()
    clock.time += 1
    beat(it)
    it.keep(CREDENTIALS, WHO, asked)
    assert it.recall(CREDENTIALS) is None


@pytest.mark.parametrize("heard", [event(), event("set-owner-account", None)])
def test_answer_that_was_under_way_when_something_happened_is_not_kept(
    kept: Memory, clock: Clock, heard: Event
) -> None:
    asked = kept.now()
    clock.time += 1
    beat(kept, heard)
    kept.keep(CREDENTIALS, WHO, asked)
    assert kept.recall(CREDENTIALS) is None
    clock.time += 1
    kept.keep(CREDENTIALS, WHO, kept.now())
    assert kept.recall(CREDENTIALS) == WHO


def test_signing_out_is_remembered_at_once(kept: Memory, clock: Clock) -> None:
    asked = kept.now()
    kept.forget(CREDENTIALS)
    assert kept.recall(CREDENTIALS) is None
    kept.keep(CREDENTIALS, WHO, asked)
    assert kept.recall(CREDENTIALS) is None


def test_long_batch_proves_no_more_than_its_first_page(kept: Memory, clock: Clock) -> None:
    begun = clock.time
    beat(kept, is_whole=False)
    clock.time += WITHIN - 1
    beat(kept, is_whole=True)
    clock.time = begun + WITHIN
    assert kept.recall(CREDENTIALS) == WHO
    clock.time += 0.01
    assert kept.recall(CREDENTIALS) is None


def test_memory_has_a_size(clock: Clock) -> None:
    it = Memory(Dashboard("http://dashboard.test"), within=WITHIN, size=2)
    it._pid = os.getpid()
    beat(it)
    clock.time += 1
    sessions = [Credentials(f"sess_{number:016x}", TOKEN) for number in range(3)]
    for session in sessions:
        it.keep(session, Identity(ACCOUNTID, session.sessionid, False, False, WHO.verified_at, 100.0), clock.time)
    assert [it.recall(session) is not None for session in sessions] == [False, True, True]
    assert len(it._entries) == len(it._keys[ACCOUNTID]) == 2


def test_what_is_noted_of_accounts_does_not_pile_up(kept: Memory, clock: Clock) -> None:
    for number in range(100):
        beat(kept, event(accountid=f"acct_{number:016x}"))
    clock.time += memory.LONGEST_CHECK + 1
    beat(kept)
    assert kept._heard == {}


def test_what_is_noted_of_sessions_does_not_pile_up_without_a_feed(kept: Memory, clock: Clock) -> None:
    for number in range(100):
        kept.forget(Credentials(f"sess_{number:016x}", TOKEN))
    clock.time += memory.LONGEST_CHECK + 1
    kept.forget(CREDENTIALS)
    assert list(kept._heard) == [SESSIONID]


# Every order of the steps of checks, of the end of a session, and of the feed


class World:
    """A Dashboard with one session, and an application with a memory of it."""

    def __init__(self, it: Memory) -> None:
        self.memory, self.ended = it, False
        self.ended_at: float | None = None
        self.told = False

    def check(self) -> Iterator[None]:
        """Ask, as the middleware does: note the time, let Dashboard look, keep what it says."""
        for _ in range(2):
            asked = self.memory.now()
            yield
            is_valid = not self.ended
            yield
            if is_valid:
                self.memory.keep(CREDENTIALS, WHO, asked)
            yield

    def end(self) -> Iterator[None]:
        self.ended, self.ended_at = True, self.memory.now()
        yield

    def follow(self) -> Iterator[None]:
        """Ask the feed: note the time, let Dashboard look, note what it says."""
        for _ in range(2):
            sent = self.memory.now()
            yield
            events = [event()] if self.ended and not self.told else []
            self.told = self.told or self.ended
            yield
            self.memory._note(events, "cursor", sent, is_whole=True)
            yield


def orders(steps: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """Yield every order in which processes can take so many steps."""
    if not any(steps):
        yield ()
        return
    for process, left in enumerate(steps):
        if left:
            rest = (*steps[:process], left - 1, *steps[process + 1 :])
            for order in orders(rest):
                yield (process, *order)


def explore(clock: Clock, kind: type[Memory], bound: float = WITHIN) -> tuple[int, int]:
    """Return in how many orders an ended session was accepted too long, and in how many a valid one without asking."""
    late = useful = 0
    for order in orders((6, 1, 6)):
        world = World(followed(kind))
        world.memory._note([], "cursor", world.memory.now(), is_whole=True)  # the feed is followed already
        processes = world.check(), world.end(), world.follow()
        is_late = is_useful = False
        for process in order:
            clock.time += 1
            next(processes[process])
            is_known = world.memory.recall(CREDENTIALS) is not None
            is_useful |= is_known and not world.ended
            is_late |= is_known and world.ended_at is not None and clock.time - world.ended_at > bound
        late, useful = late + is_late, useful + is_useful
    return late, useful


class WithoutNotes(Memory):
    """A memory that keeps answers which were under way when something happened."""

    def _hear(self, events: Any) -> None:
        super()._hear(events)
        self._heard.clear()


class ProvenOnArrival(Memory):
    """A memory that takes the feed for as fresh as its answer is."""

    def _note(self, events: Any, cursor: str, sent: float, *, is_whole: bool) -> None:
        super()._note(events, cursor, self.now(), is_whole=is_whole)


def test_no_order_of_steps_has_an_ended_session_accepted_for_longer_than_the_bound(clock: Clock) -> None:
    late, useful = explore(clock, Memory)
    assert late == 0
    assert useful > 100


@pytest.mark.parametrize("kind", [WithoutNotes, ProvenOnArrival])
def test_without_one_of_its_rules_some_order_has(clock: Clock, kind: type[Memory]) -> None:
    assert explore(clock, kind)[0] > 0


# With threads


class Feed:
    """A Dashboard with a feed and a valid session."""

    def __init__(self) -> None:
        self.checks = self.feeds = 0
        self.events: list[dict[str, Any]] = []
        self.answer: Callable[[], httpx.Response] | None = None

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/check":
            self.checks += 1
            return identity()
        self.feeds += 1
        if self.answer:
            return self.answer()
        if request.url.params.get("wait") != "0":
            time.sleep(0.05)
        after = int(request.url.params.get("after", len(self.events)))
        body = {"object": "feed", "appid": "a", "events": self.events[after:], "cursor": str(len(self.events))}
        return httpx.Response(200, json=body)


def visit() -> Visit:
    headers = {"cookie": COOKIES}
    return Visit(
        Incoming(method="GET", target="/", host="app.test", is_secure=False, address="", headers=headers), Options()
    )


def eventually(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def gate(feed: Feed) -> Iterator[Gate]:
    client = Dashboard("http://dashboard.test", transport=httpx.MockTransport(feed))
    it = Gate(client, Memory(client, within=20.0))
    it.memory._beats = client.with_timeout(1.0)  # type: ignore[union-attr]
    yield it
    it.memory.close()  # type: ignore[union-attr]


def test_dashboard_is_asked_once_and_again_after_an_event(gate: Gate, feed: Feed, monkeypatch: Any) -> None:
    monkeypatch.setattr(memory, "BEATS", 0.001)
    assert gate.identify(visit())
    eventually(lambda: gate.memory.is_fresh)  # type: ignore[union-attr]
    gate.identify(visit())
    before = feed.checks
    assert [gate.identify(visit()).accountid for _ in range(10)] == [ACCOUNTID] * 10  # type: ignore[union-attr]
    assert feed.checks == before
    ended = {"eventid": "evnt_0123456789abcdef", "object": "event", "appid": "dashboard", "actorKind": "account"}
    feed.events.append({**ended, "action": "set-session-ended", "createdAt": NOW, "accountid": ACCOUNTID})
    eventually(lambda: bool(gate.identify(visit())) and feed.checks > before)


@pytest.mark.parametrize(
    "answer",
    [
        lambda: httpx.Response(403, json=error("insufficient-scope")),
        lambda: httpx.Response(500),
        lambda: httpx.Response(410, json=error("feed-restarted")),
    ],
)
def test_without_a_feed_dashboard_is_asked_each_time(gate: Gate, feed: Feed, answer: Any) -> None:
    feed.answer = answer
    assert gate.identify(visit())
    eventually(lambda: feed.feeds > 1)
    before = feed.checks
    for _ in range(5):
        assert gate.identify(visit())
    assert feed.checks == before + 5


def test_without_threads_dashboard_is_asked_each_time(gate: Gate, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    for checks in range(1, 4):
        assert gate.identify(visit())
        assert feed.checks == checks


def test_closed_memory_knows_nothing(gate: Gate, feed: Feed) -> None:
    gate.identify(visit())
    eventually(lambda: gate.memory.is_fresh)  # type: ignore[union-attr]
    gate.memory.close()  # type: ignore[union-attr]
    gate.identify(visit())
    before = feed.checks
    gate.identify(visit())
    assert feed.checks == before + 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_child_of_a_fork_asks_although_its_parent_knows(kept: Memory) -> None:
    """As with a server that loads the application before it forks; a thread of the parent may hold the lock."""
    with kept._lock:
        child = os.fork()
        if child == 0:
            status = 2
            try:
                status = 0 if kept.recall(CREDENTIALS) is None else 1
            finally:
                os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert kept.recall(CREDENTIALS) == WHO


def test_bound_has_to_be_a_time() -> None:
    with pytest.raises(ValueError, match="bound"):
        Memory(Dashboard("http://dashboard.test"), within=0)


def test_memory_has_room_for_a_session() -> None:
    with pytest.raises(ValueError, match="size"):
        Memory(Dashboard("http://dashboard.test"), size=0)


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_age_of_a_proof_is_read_from_the_clock_of_the_answer(seconds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.time() + seconds
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: now)  # of Dashboard
        answer = identity(verified_ago=600)
    answer.headers["Date"] = formatdate(now, usegmt=True)
    found = Recorded(answer).client().signed_in(CREDENTIALS).check()
    assert found.is_verified(605)
    assert not found.is_verified(595)


def test_date_of_a_proxy_that_is_behind_makes_no_proof_younger() -> None:
    answer = identity(verified_ago=600)
    answer.headers["Date"] = "Thu, 26 Nov 2026 20:00:00 GMT"
    assert not Recorded(answer).client().signed_in(CREDENTIALS).check().is_verified(595)


@pytest.mark.parametrize("kind", ["client", "async_client"])
def test_slow_answer_makes_no_proof_younger(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]

    def answer(_request: httpx.Request) -> httpx.Response:
        found = identity(verified_ago=600)
        seconds[0] = 8.0  # pass on the way back
        return found

    monkeypatch.setattr(client, "clock", lambda: transport.clock() + seconds[0])
    if kind == "client":
        found = Dashboard("http://dashboard.test", transport=httpx.MockTransport(answer)).signed_in(CREDENTIALS).check()
    else:
        asynchronous = AsyncDashboard("http://dashboard.test", transport=httpx.MockTransport(answer))
        found = asyncio.run(asynchronous.signed_in(CREDENTIALS).check())
    assert found.is_verified(610)
    assert not found.is_verified(607)


def test_expiry_of_the_answer_is_read_from_its_own_clock() -> None:
    answer = identity()
    answer.headers["Date"] = "Thu, 26 Nov 2026 20:00:00 GMT"
    server = Recorded(answer)
    assert server.client().signed_in(CREDENTIALS).check().valid_for == 60.0
    answer.headers["Date"] = "Thu, 26 Nov 2099 20:00:00 GMT"
    assert Recorded(answer).client().signed_in(CREDENTIALS).check().valid_for == 0.0
