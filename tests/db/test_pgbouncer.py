"""PgBouncer in transaction mode: with the setting everything works, without it nothing is served."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings as project

from dashboard.db.availability import is_connection_error
from dashboard.db.failures import explain
from tests.e2e.test_path_prefix import PASSWORD, Answer, ask
from tests.gateway.serving import Server, serving
from tests.outages import connected, failure
from throwaway.postgresql import PostgreSQL, pgbouncer, postgresql

POOLED = "?pooling=transaction"
SETTINGS = {"SECRET_KEY": "a secret of the tests", "RATE_LIMITS": "false", "BCRYPT_WORKLOAD_FACTOR": "4"}
PEOPLE, CLIENTS, ROUNDS = 12, 6, 3
IGNORING = {"ignore_startup_parameters": "options"}  # a client that asks for them is let in, and does not get them
NAMES = tuple(f"_pg3_{number}" for number in range(8))  # psycopg's names of prepared statements

pytestmark = [pytest.mark.process, pytest.mark.infrastructure, pytest.mark.django_db]


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    """A database with all tables, and a role with the limit that docs/operations.md names."""
    with postgresql() as server:
        assert run("migrate", "-v0", DATABASE_URL=server.url()).returncode == 0
        server.add_server_role()
        yield server


@pytest.fixture(scope="module")
def port(server: PostgreSQL) -> Iterator[int]:
    """PgBouncer with fewer servers than clients, so that they change places all the time."""
    with pgbouncer(server, default_pool_size="2") as port:
        yield port


def through(port: int, query: str = POOLED, user: str = "dashboard_server") -> str:
    return f"postgresql://{user}@127.0.0.1:{port}/dashboard{query}"


def run(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        env={**{name: value for name, value in os.environ.items() if name != "REDIS_URL"}, **SETTINGS, **environment},
        cwd=project.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


# With the setting


@pytest.fixture(scope="module")
def servers(port: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Server]]:
    """Two servers, whose threads share two connections of PostgreSQL."""
    with ExitStack() as stack:
        environment = {**SETTINGS, "DATABASE_URL": through(port)}
        yield [stack.enter_context(serving(tmp_path_factory.mktemp("server"), **environment)) for _ in range(2)]


def test_concurrent_clients_of_two_servers_get_no_wrong_answer(servers: list[Server], port: int) -> None:
    owner = person(servers[0], "the-owner-of-all")
    with ThreadPoolExecutor(CLIENTS + 2) as pool:
        purges = (("purge_sessions", "--older-than", "1d"), ("purge_sign_in_clients",))
        purging = [pool.submit(purge, port, *command) for command in purges]
        people = [pool.submit(live, servers[number % 2], servers[1 - number % 2], number) for number in range(PEOPLE)]
        for it in (*people, *purging):
            it.result()
    lists = [
        ask(server.port, "GET", "/api/administrator/accounts?all=true", Cookie=owner["cookies"]).json
        for server in servers
    ]
    assert [Counter(row["accountid"] for row in found) for found in lists] == [
        Counter([owner["accountid"], *(it.result() for it in people)])
    ] * 2


def person(server: Server, username: str) -> dict[str, Any]:
    """Register somebody and sign them in."""
    fields = {"username": username, "password": PASSWORD}
    account = expect(200, ask(server.port, "POST", "/api/user/create-account", fields)).json
    return {"accountid": account["accountid"], **sign_in(server, username, account["accountid"])}


def sign_in(server: Server, username: str, accountid: str) -> dict[str, Any]:
    fields = {"username": username, "password": PASSWORD}
    session = expect(200, ask(server.port, "POST", "/api/user/create-session", fields)).json
    assert session["accountid"] == accountid
    cookies = f"sessionid={session['sessionid']}; token={session['token']}"
    return {"sessionid": session["sessionid"], "cookies": cookies}


def live(here: Server, there: Server, number: int) -> str:
    """Do what people do, on two servers in turn, and compare each answer. Return the id of the account."""
    username = f"person-number-{number}"
    me = person(here, username)
    sessions = [me]
    for round_number in range(ROUNDS):
        server = (here, there)[round_number % 2]
        sessions.append(sign_in(server, username, me["accountid"]))
        check(server, sessions, me["accountid"])
        wrong = {"username": username, "password": f"{PASSWORD}?"}
        assert expect(401, ask(server.port, "POST", "/api/user/create-session", wrong)).json["message"] == (
            "invalid-password"
        )
    ended = sessions.pop()
    path = f"/api/user/set-session-ended?sessionid={ended['sessionid']}"
    expect(200, ask(here.port, "PATCH", path, Cookie=ended["cookies"]))
    expect(401, ask(there.port, "GET", "/api/user/session", Cookie=ended["cookies"]))
    check(there, sessions, me["accountid"])
    return str(me["accountid"])


def check(server: Server, sessions: list[dict[str, Any]], accountid: str) -> None:
    for it in sessions:
        found = expect(200, ask(server.port, "GET", "/api/user/session", Cookie=it["cookies"])).json
        assert (found["sessionid"], found["accountid"]) == (it["sessionid"], accountid)
    path = f"/api/user/sessions?accountid={accountid}&all=true"
    listed = expect(200, ask(server.port, "GET", path, Cookie=sessions[-1]["cookies"])).json
    assert {it["sessionid"] for it in listed} >= {it["sessionid"] for it in sessions}
    assert {it["accountid"] for it in listed} == {accountid}


def purge(port: int, *command: str) -> None:
    done = run(*command, DATABASE_URL=through(port))
    assert done.returncode == 0, done.stderr


def expect(status: int, answer: Answer) -> Answer:
    assert answer.status == status, answer.body
    return answer


def test_prepared_statement_that_somebody_else_has_left_answers_nothing(servers: list[Server], port: int) -> None:
    """Its name is one that psycopg gives to statements, and it is on each connection of PostgreSQL."""
    me = person(servers[0], "somebody-with-neighbours")
    place = f"host=127.0.0.1 port={port} user=dashboard_server dbname=dashboard"
    with psycopg.connect(place, autocommit=True) as one, psycopg.connect(place, autocommit=True) as other:
        for neighbour in (one, other):
            neighbour.execute("BEGIN")  # so that both connections are taken
        for neighbour in (one, other):
            for name in NAMES:
                neighbour.execute(f"PREPARE {name} AS SELECT 'a wrong answer' LIMIT 0")
            neighbour.execute("COMMIT")
    for _ in range(8):
        check(servers[1], [me], me["accountid"])


def test_parameters_come_with_each_transaction_and_stay_in_it(port: int) -> None:
    database = connected(through(port, user="postgres"))
    try:
        assert parameters(database) == ["0", "0", "on"]
        with atomic(database):
            assert parameters(database) == ["5s", "5s", "off"]
            with atomic(database):  # a savepoint
                assert parameters(database) == ["5s", "5s", "off"]
        assert parameters(database) == ["0", "0", "on"]
    finally:
        database.close()


def parameters(database: Any) -> list[str]:
    found = []
    with database.cursor() as cursor:
        for name in ("statement_timeout", "idle_in_transaction_session_timeout", "jit"):
            cursor.execute(f"SHOW {name}")
            found.append(cursor.fetchone()[0])
    return found


class atomic:  # noqa: N801  as Django's, for a connection that has no alias
    """A transaction, or a savepoint in one."""

    def __init__(self, database: Any) -> None:
        self.database, self.savepoint = database, None

    def __enter__(self) -> None:
        if self.database.in_atomic_block:
            self.savepoint = self.database.savepoint()
        else:
            self.database.set_autocommit(False)
            self.database.in_atomic_block = True

    def __exit__(self, *error: object) -> None:
        if self.savepoint:
            self.database.savepoint_commit(self.savepoint)
        else:
            self.database.in_atomic_block = False
            self.database.commit()
            self.database.set_autocommit(True)


def test_nothing_is_prepared_and_nothing_set(server: PostgreSQL, port: int) -> None:
    database = connected(through(port, user="postgres"))
    try:
        with database.cursor() as cursor:
            for _ in range(20):
                cursor.execute("SELECT %s", [1])
        with database.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_prepared_statements")
            assert cursor.fetchone() == (0,)
            cursor.execute("SELECT name FROM pg_settings WHERE source = 'session' AND name NOT LIKE 'transaction_%%'")
            assert {name for (name,) in cursor.fetchall()} <= {"application_name"}  # PgBouncer's own
        assert database.settings_dict["DISABLE_SERVER_SIDE_CURSORS"]
    finally:
        database.close()


def test_migrations_go_past_the_pooler(server: PostgreSQL, port: int) -> None:
    assert run("migrate", "-v0", DATABASE_URL=through(port, user="postgres")).returncode == 0  # nothing to do
    server.execute("CREATE DATABASE fresh")
    with pgbouncer(server, name="fresh") as another:
        refused = run("migrate", "-v0", DATABASE_URL=through(another, user="postgres"))
    assert refused.returncode == 1
    assert "run migrate with a DATABASE_URL of PostgreSQL itself" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_seeding_has_the_time_that_it_needs(server: PostgreSQL, port: int) -> None:
    done = run(
        "seed_demo", "--accounts", "20", "--sessions", "40", "--add", "--username", "seeding-administrator",
        DATABASE_URL=through(port, user="postgres"), DASHBOARD_PASSWORD=PASSWORD,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_doctor_is_content(port: int) -> None:
    assert findings(through(port)) == {
        ("Connections", "fine", "A pooler shares the connections: its settings limit them."),
        ("Time limits", "fine", "statement_timeout is 5 seconds."),
        ("Time limits", "fine", "idle_in_transaction_session_timeout is 5 seconds."),
    }


def test_doctor_misses_the_limit_of_the_role(port: int) -> None:
    (found,) = {it for it in findings(through(port, user="postgres")) if it[1] != "fine"}
    assert found == ("Time limits", "warning", "A read outside a transaction has no time limit in PostgreSQL.")


def findings(url: str) -> set[tuple[str, str, str]]:
    """Return what the doctor says of the connections to the database."""
    said = json.loads(run("doctor", "--json", DATABASE_URL=url).stdout)
    found = {(it["check"], it["grade"], it["said"]) for it in said["findings"]}
    return {it for it in found if it[0] in ("Connections", "Time limits") or (it[0] == "Database" and it[1] != "fine")}


# Without it


@pytest.fixture(params=[{}, IGNORING], ids=["refusing", "ignoring"])
def unnamed(request: pytest.FixtureRequest, server: PostgreSQL) -> Iterator[str]:
    """Return the URL of PgBouncer, which refuses our options, or lets us in without them."""
    with pgbouncer(server, **request.param) as port:
        yield through(port, query="")


def test_server_does_not_start(unnamed: str, tmp_path: Path) -> None:
    started = run("serve", DATABASE_URL=unnamed, DATA_DIR=str(tmp_path))
    assert (started.returncode, started.stdout) == (1, "")
    assert started.stderr.count("\n") == 1
    assert "Dashboard cannot start. The database cannot be used: " in started.stderr
    assert "Add ?pooling=transaction to DATABASE_URL" in started.stderr


def test_doctor_says_so(unnamed: str) -> None:
    (found,) = findings(unnamed)
    assert found[:2] == ("Database", "problem")


def test_no_connection_is_used(unnamed: str) -> None:
    """Whatever was in front of the database when the server started."""
    database = connected(unnamed)
    error = failure(database, "SELECT 1")
    assert is_connection_error(error)
    assert explain(error).is_of_settings
    assert database.connection is None


def test_other_time_zone_of_the_servers_is_refused(server: PostgreSQL) -> None:
    with pgbouncer(server, time_zone="Europe/Berlin") as port:
        error = failure(connected(through(port)), "SELECT 1")
    assert explain(error).is_of_settings
    assert "Europe/Berlin" in str(error)
