"""Faults of Redis while sessions are checked and ended: no request fails, and no session outlives the bound.

The servers trust a cache entry for 2 seconds. `python -m benchmarks.revocation outage` measures the cost of checks.
"""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest

from benchmarks.revocation.load import Load
from benchmarks.revocation.revocation_scenarios import Access, SignedIn, user_set_session_ended
from benchmarks.revocation.servers import Deployment, RedisServer
from tests.e2e.revocation.requirements import needs_servers

pytestmark = needs_servers

CACHE_SECONDS = 2

Fault = Callable[[RedisServer], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def ports(deployment: Deployment) -> Iterator[list[int]]:
    with deployment.servers(TEST_CACHE_SECONDS=str(CACHE_SECONDS)) as ports:
        yield ports


@contextmanager
def flushed(redis: RedisServer) -> Iterator[None]:
    redis.client.flushall()
    yield
    redis.client.flushall()


@contextmanager
def paused(redis: RedisServer) -> Iterator[None]:
    redis.signal(signal.SIGSTOP)
    yield
    redis.signal(signal.SIGCONT)


@contextmanager
def killed(redis: RedisServer) -> Iterator[None]:
    redis.kill()
    yield
    redis.start()


@contextmanager
def cut_off(redis: RedisServer) -> Iterator[None]:
    """Disconnect the first server only."""
    redis.cut_off(0)
    yield
    redis.let_in(0)


@pytest.mark.parametrize("fault", [flushed, paused, killed, cut_off])
def test_no_fault_fails_a_request_or_lets_a_session_outlive_the_bound(
    deployment: Deployment, ports: list[int], fault: Fault
) -> None:
    load = Load(ports, deployment.administrator, deployment.persons)
    with load.running():
        load.go_on(checks=50, revocations=5)
        with fault(deployment.redis):
            load.go_on(checks=200, revocations=10)
        hits = deployment.redis.hits()
        load.go_on_until(lambda: deployment.redis.hits() > hits)
    assert load.faults == []
    assert load.refused_too_early() == []
    assert [lag for lag in load.lags() if lag.seconds > CACHE_SECONDS] == []
    assert len(load.checks) >= 250
    assert deployment.redis.hits() > hits


def test_a_session_whose_mark_could_not_be_made_is_refused_after_the_bound(
    deployment: Deployment, ports: list[int]
) -> None:
    person = deployment.persons.popleft()
    session = person.sessions[0]
    with closing(Access(ports[0])) as server, closing(Access(ports[1])) as other:
        other.done("GET", "user/session", session, sessionid=session.sessionid)
        with cut_off(deployment.redis):
            user_set_session_ended(server, deployment.administrator, person)
        answered = began = time.monotonic()
        while is_accepted(other, session):
            assert began <= answered + CACHE_SECONDS
            began = time.monotonic()


def is_accepted(caller: Access, session: SignedIn) -> bool:
    return caller.call("GET", "user/session", session, sessionid=session.sessionid)[0] == 200
