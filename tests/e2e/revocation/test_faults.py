"""Faults of Redis while sessions are checked and ended: no request fails, and no ended session is accepted.

`python -m benchmarks.revocation outage` measures the cost of checks.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager

import pytest

from benchmarks.revocation.load import Load
from benchmarks.revocation.revocation_scenarios import Access, SignedIn, user_set_session_ended
from benchmarks.revocation.servers import Deployment, RedisServer
from tests.e2e.revocation.requirements import needs_servers
from throwaway.programs import free_port

pytestmark = needs_servers

Fault = Callable[[RedisServer], AbstractContextManager[None]]


@pytest.fixture(scope="module")
def ports(deployment: Deployment) -> Iterator[list[int]]:
    with deployment.servers() as ports:
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


@contextmanager
def restored(redis: RedisServer) -> Iterator[None]:
    """Restart Redis with a snapshot from before sessions were ended."""
    redis.client.save()
    yield
    redis.kill()
    redis.start()
    redis.forget_snapshot()


@contextmanager
def full(redis: RedisServer) -> Iterator[None]:
    redis.client.config_set("maxmemory", 1)
    yield
    redis.client.config_set("maxmemory", 0)


@contextmanager
def read_only(redis: RedisServer) -> Iterator[None]:
    """Make Redis the replica of a server that does not answer."""
    redis.client.replicaof("127.0.0.1", str(free_port()))
    yield
    redis.client.replicaof("NO", "ONE")


@pytest.mark.parametrize("fault", [flushed, paused, killed, restored, cut_off, full, read_only])
def test_no_fault_fails_a_request_or_has_an_ended_session_accepted(
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
    assert load.lags() == []
    assert len(load.checks) >= 250
    assert deployment.redis.hits() > hits


def test_a_session_whose_mark_could_not_be_made_is_refused(deployment: Deployment, ports: list[int]) -> None:
    person = deployment.persons.popleft()
    session = person.sessions[0]
    with closing(Access(ports[0])) as server, closing(Access(ports[1])) as other:
        other.done("GET", "user/session", session, sessionid=session.sessionid)
        with cut_off(deployment.redis):
            assert is_accepted(other, session)
            user_set_session_ended(server, deployment.administrator, person)
            assert not is_accepted(other, session)


def is_accepted(caller: Access, session: SignedIn) -> bool:
    return caller.call("GET", "user/session", session, sessionid=session.sessionid)[0] == 200
