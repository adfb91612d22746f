"""PostgreSQL that hangs, or cannot do what it is asked: 503 and Retry-After everywhere, and all well afterwards."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import ConnectionHandler, OperationalError, connection, transaction
from django.db import connections as every_database
from django.test import Client

from dashboard.db import availability
from dashboard.db.failures import explain
from dashboard.db.postgresql import disable_session_timeout, restore_statement_timeout, without_statement_timeout
from dashboard.db.postgresql.sessions import PATIENCE_SECONDS, EndingServerError, SilentServerError
from tests.admin.browser import Browser
from tests.client import ApiClient, outcome
from tests.e2e.test_path_prefix import PASSWORD, ask
from tests.factories import AccountFactory, SessionFactory
from tests.gateway.serving import eventually, serving
from tests.outages import connected, failing_after, failure
from throwaway.postgresql import PostgreSQL, postgresql
from throwaway.programs import free_port

pytestmark = [pytest.mark.infrastructure, pytest.mark.django_db]

# What PostgreSQL says, by SQLSTATE, and whether a traceback is logged
KINDS = {
    "53100": ("no disk space", False),
    "53200": ("no memory", False),
    "53300": ("too many connections", False),
    "58030": ("an error of the disk", False),
    "25006": ("read-only", False),
    "25P03": ("idle in a transaction for too long", False),
    "57P01": ("shut down by an administrator", False),
    "57P02": ("crashed", False),
    "57P03": ("starting up", False),
    "08006": ("connection lost", False),
    "55P03": ("lock not available", True),
    "57014": ("statement timeout", True),
    "40001": ("serialization failure", True),
    "40P01": ("deadlock", True),
}


# The fourth time, the statement is prepared. psycopg would notice an ALTER of its own.
STALE = (
    "CREATE TEMPORARY TABLE something (column_ integer)",
    *["SELECT column_ FROM something"] * 5,
    "DO $$ BEGIN ALTER TABLE something ALTER column_ TYPE text; END $$",
    "SELECT column_ FROM something",
)


@pytest.fixture
def another() -> Iterator[Any]:
    """Another thread's connection."""
    database = ConnectionHandler({"default": {**connection.settings_dict}})["default"]
    yield database
    database.close()


@pytest.fixture(params=KINDS)
def error(request: pytest.FixtureRequest, another: Any) -> Any:
    """What the driver makes of an error that PostgreSQL sends."""
    sqlstate, (message, _) = request.param, KINDS[request.param]
    return failure(another, f"DO $$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = '{sqlstate}'; END $$")


@pytest.mark.postgresql
@pytest.mark.parametrize("statements", [0, 1, 2])
def test_route_is_unavailable(error: Any, statements: int, guest: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    AccountFactory(username="somebody", password=PASSWORD)
    with failing_after(statements, error):
        response = guest.post("user/create-session", {"username": "somebody", "password": PASSWORD})
    assert outcome(response) == (503, "service-unavailable")
    assert response["Retry-After"] == "5"
    (record,) = caplog.records
    assert bool(record.exc_info) == KINDS[error.__cause__.sqlstate][1]
    assert explain(error)


@pytest.fixture
def support(db: None) -> Browser:
    return Browser(SessionFactory(account=AccountFactory(administrator=True)))


@pytest.mark.postgresql
@pytest.mark.parametrize("statements", [0, 1])
def test_page_is_unavailable(error: Any, statements: int, support: Browser) -> None:
    with failing_after(statements, error):
        response = support.get("accounts/account/")
    assert (response.status_code, response["Retry-After"]) == (503, "5")


@pytest.mark.postgresql
def test_front_page_is_shown(error: Any) -> None:
    with failing_after(0, error):
        assert Client().get("/", headers={"Accept": "text/html"}).status_code == 200


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("statements", "kind"),
    [
        (["SET statement_timeout = 1", "SELECT pg_sleep(60)"], availability.is_delay),
        (["SET lock_timeout = 1", "SELECT pg_advisory_lock(20261126)"], availability.is_delay),
        (["SET default_transaction_read_only = on", "CREATE TABLE something ()"], availability.is_shortage),
        (
            ["SET temp_file_limit = 0", "SELECT n FROM generate_series(1, 1e6) n ORDER BY 1"],
            availability.is_shortage,
        ),
        (["SELECT pg_terminate_backend(pg_backend_pid())"], availability.is_connection_error),
    ],
    ids=lambda it: it[-1] if isinstance(it, list) else "",
)
def test_statement_that_postgresql_ends(another: Any, statements: list[str], kind: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(20261126)")
    assert kind(failure(another, *statements))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_statements_are_prepared_anew_after_a_column_has_changed(another: Any, guest: ApiClient) -> None:
    error = failure(another, *STALE)
    AccountFactory(username="somebody", password=PASSWORD)
    with failing_after(1, error):
        response = guest.post("user/create-session", {"username": "somebody", "password": PASSWORD})
    assert (*outcome(response), response["Retry-After"]) == (503, "service-unavailable", "5")
    assert connection.connection is None
    assert not availability.has_stale_statements(failure(another, "SELECT nothing"))


@pytest.mark.process
def test_primary_is_found_among_several_hosts(server: PostgreSQL) -> None:
    """The first one is gone, and the second is read-only, as a standby is."""
    with postgresql() as standby:
        standby.execute("ALTER SYSTEM SET default_transaction_read_only = on", "SELECT pg_reload_conf()")
        places = f"127.0.0.1:{free_port()},127.0.0.1:{standby.port},127.0.0.1:{server.port}"
        url = f"postgresql://postgres@{places}/dashboard"
        any_of_them, primary = connected(url), connected(f"{url}?target_session_attrs=read-write")
        assert port_of(any_of_them) == standby.port
        assert port_of(primary) == server.port


def port_of(database: Any) -> int:
    with database.cursor() as cursor:
        cursor.execute("SELECT inet_server_port()")
        (port,) = cursor.fetchone()
    database.close()
    return int(port)


# A server that hangs


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture
def hang(server: PostgreSQL) -> Iterator[Any]:
    yield lambda: server.signal(signal.SIGSTOP)
    server.signal(signal.SIGCONT)


@pytest.mark.process
@pytest.mark.parametrize("statement", ["SELECT 1", "COMMIT"])
def test_silent_server_is_waited_for_as_long_as_its_limits_allow(
    server: PostgreSQL, hang: Any, statement: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = connected(server.url())
    with database.cursor() as cursor:
        cursor.execute("BEGIN")
    assert database.connection.limit == PATIENCE_SECONDS
    database.connection.patience = 0.5
    hang()
    error = failure(database, statement)
    assert isinstance(error.__cause__, SilentServerError)
    assert availability.is_connection_error(error)
    assert database.connection.closed
    server.signal(signal.SIGCONT)
    database.close()
    assert not failing(connected(server.url()))


@pytest.mark.process
def test_server_that_ends_the_connection_with_its_answer_to_a_commit(server: PostgreSQL) -> None:
    database = connected(server.url())
    with database.cursor() as cursor:
        cursor.execute("BEGIN")
    command = b"COMMIT; SELECT pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(OperationalError) as raised, database.wrap_database_errors:
        database.connection.wait(database.connection._exec_command(command))
    assert isinstance(raised.value.__cause__, EndingServerError)
    assert availability.is_connection_error(raised.value)
    assert database.connection.closed
    database.close()
    assert not failing(connected(server.url()))


@pytest.mark.process
def test_transaction_on_a_silent_server_does_not_wait_for_another_connection(server: PostgreSQL, hang: Any) -> None:
    database = every_database["another"] = connected(server.url())

    @transaction.atomic("another")
    def change() -> None:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
            database.connection.patience = 0.5
            hang()
            cursor.execute("SELECT 1")

    try:
        with pytest.raises(OperationalError) as raised:
            change()
        assert isinstance(raised.value.__cause__, SilentServerError)
        assert database.connection is None
        server.signal(signal.SIGCONT)
        with transaction.atomic("another"), database.cursor() as cursor:
            cursor.execute("SELECT 1")
            assert cursor.fetchone() == (1,)
        assert database.get_autocommit()
        database.close()
    finally:
        del every_database["another"]


@pytest.mark.process
@pytest.mark.parametrize(("limit", "seconds"), [("1min", 63.0), ("500ms", 3.5), ("1h", 3603.0), ("0", None)])
def test_limit_of_the_server_is_known(server: PostgreSQL, limit: str, seconds: float | None) -> None:
    database = connected(server.url(query=f"?options=-c%20statement_timeout%3D{limit}"))
    database.ensure_connection()
    assert database.connection.limit == seconds
    database.close()


@pytest.mark.postgresql
def test_command_has_the_time_that_it_asks_for() -> None:
    limit = connection.connection.limit
    assert limit == PATIENCE_SECONDS
    disable_session_timeout()
    assert connection.connection.patience is None
    restore_statement_timeout("default")
    assert connection.connection.patience == limit


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_transaction_has_the_time_that_it_asks_for() -> None:
    with without_statement_timeout():
        assert connection.connection.patience is None
    assert connection.connection.patience == connection.connection.limit
    with pytest.raises(KeyError), transaction.atomic(), without_statement_timeout():
        raise KeyError
    assert connection.connection.patience == connection.connection.limit


def failing(database: Any) -> bool:
    try:
        with database.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return True
    finally:
        database.close()
    return False


@pytest.mark.process
def test_requests_do_not_wait_for_a_server_that_hangs(server: PostgreSQL, hang: Any, tmp_path: Path) -> None:
    settings = {"DATABASE_URL": server.url(), "SECRET_KEY": "a secret of the tests", "RATE_LIMITS": "false"}
    fields = {"username": "somebody", "password": PASSWORD}
    with serving(tmp_path, **settings) as it, ThreadPoolExecutor(12) as pool:

        def burst(path: str) -> list[Any]:
            answers = [pool.submit(ask, it.port, "POST", path, fields) for _ in range(12)]
            return [answer.result() for answer in answers]

        assert ask(it.port, "POST", "/api/user/create-account", fields).status == 200
        assert {answer.status for answer in burst("/api/user/create-session")} == {200}  # every thread has a connection
        threads = it.threads()
        hang()
        for _ in range(2):  # with connections that are open, and with new ones
            hung = burst("/api/user/create-session")
            assert {answer.status for answer in hung} == {503}
            assert {answer.headers["Retry-After"] for answer in hung} == {"5"}
        assert ask(it.port, "GET", "/health/ready").status == 503
        server.signal(signal.SIGCONT)
        assert {answer.status for answer in burst("/api/user/create-session")} == {200}
        assert ask(it.port, "GET", "/health/ready").status == 200
        eventually(lambda: it.threads() <= threads + 1)  # one for the sessions that were last seen
        eventually(lambda: connections(server) <= 12)


def connections(server: PostgreSQL) -> int:
    """Return how many connections the server has besides this one."""
    place = f"host=127.0.0.1 port={server.port} user=postgres dbname=dashboard"
    with psycopg.connect(place) as one:
        others = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        return len(one.execute(others).fetchall())
