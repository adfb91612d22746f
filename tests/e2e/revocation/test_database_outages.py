"""What server processes answer while their database is gone, and that no ended session is accepted meanwhile."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from http.client import HTTPConnection

import psycopg
import pytest
from psycopg import sql

from benchmarks.revocation.revocation_scenarios import Access, SignedIn
from benchmarks.revocation.servers import Deployment
from tests.e2e.revocation.requirements import needs_servers
from throwaway.programs import free_port, wait_until

pytestmark = needs_servers

UNAVAILABLE = 503, "service-unavailable"


@pytest.fixture
def maintenance(deployment: Deployment) -> Iterator[psycopg.Connection]:
    with psycopg.connect(deployment.environment["DATABASE_URL"], dbname="postgres", autocommit=True) as connection:
        yield connection


@contextmanager
def gone(deployment: Deployment, maintenance: psycopg.Connection) -> Iterator[None]:
    """Terminate all connections to the database, and refuse new ones until the block ends."""
    name = deployment.environment["DATABASE_URL"].rpartition("/")[2]
    let_in = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    maintenance.execute(let_in.format(sql.Identifier(name), sql.Literal(False)))
    maintenance.execute("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s", [name])
    try:
        yield
    finally:
        maintenance.execute(let_in.format(sql.Identifier(name), sql.Literal(True)))


def outcome(caller: Access, method: str, route: str, session: SignedIn, **query: str) -> tuple[int, str]:
    status, answer = caller.ask(method, route, session, **query)
    return status, answer["message"] if status != 200 else ""


def check(caller: Access, session: SignedIn) -> tuple[int, str]:
    return outcome(caller, "GET", "user/session", session, sessionid=session.sessionid)


def end(caller: Access, by: SignedIn, session: SignedIn) -> tuple[int, str]:
    return outcome(caller, "PATCH", "user/set-session-ended", by, sessionid=session.sessionid)


def test_database_that_goes_away_and_comes_back(deployment: Deployment, maintenance: psycopg.Connection) -> None:
    own, other, ended = deployment.persons.popleft().sessions
    with deployment.servers(1) as (port,), closing(Access(port)) as caller:
        assert [check(caller, it) for it in (own, other, ended)] == [(200, "")] * 3
        assert end(caller, own, ended) == (200, "")
        check(caller, own)
        with gone(deployment, maintenance):
            assert check(caller, own) == (200, "")
            assert check(caller, ended) == UNAVAILABLE
            assert end(caller, own, other) == UNAVAILABLE
            assert outcome(caller, "GET", "user/sessions", own, accountid=own.accountid) == UNAVAILABLE
            assert check(caller, own) == (200, "")
        assert check(caller, ended)[0] == 401
        assert check(caller, other) == (200, "")
        assert end(caller, own, other) == (200, "")
        assert check(caller, other)[0] == 401


def test_connection_that_is_lost_in_the_middle_of_a_change(
    deployment: Deployment, maintenance: psycopg.Connection
) -> None:
    own, other, _ = deployment.persons.popleft().sessions
    waiting = "FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"
    with (
        deployment.servers(1) as (port,),
        closing(Access(port)) as caller,
        ThreadPoolExecutor(1) as thread,
        psycopg.connect(deployment.environment["DATABASE_URL"]) as locker,
    ):
        locker.execute("SELECT 1 FROM sessions_app_session WHERE sessionid = %s FOR UPDATE", [other.sessionid])
        name = locker.info.dbname
        answer = thread.submit(end, caller, own, other)
        wait_until(lambda: maintenance.execute(f"SELECT 1 {waiting}", [name]).rowcount == 1, "no lock is waited for")
        maintenance.execute(f"SELECT pg_terminate_backend(pid) {waiting}", [name])
        assert answer.result() == UNAVAILABLE
        locker.rollback()
        assert check(caller, other) == (200, "")
        assert end(caller, own, other) == (200, "")


def test_nobody_listens_where_the_database_is_said_to_be(deployment: Deployment) -> None:
    session = deployment.persons.popleft().sessions[0]
    address = f"postgresql://somebody@127.0.0.1:{free_port()}/dashboard"
    with deployment.servers(1, DATABASE_URL=address) as (port,):
        with closing(Access(port)) as caller:
            assert check(caller, session) == UNAVAILABLE
            assert caller.ask("GET", "errors")[0] == 200
        with closing(HTTPConnection("127.0.0.1", port, timeout=60)) as browser:
            cookie = f"dashboard_admin={session.sessionid}.{session.token}"
            browser.request("GET", "/admin/", headers={"Cookie": cookie})
            response = browser.getresponse()
            assert (response.status, response.getheader("Retry-After")) == (503, "5")
            assert "cannot use its database" in response.read().decode()
