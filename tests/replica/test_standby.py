"""Two servers that read lists from a standby of PostgreSQL: one that lets it be a minute behind, one two seconds."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from signal import SIGCONT, SIGSTOP
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from benchmarks.revocation.revocation_scenarios import FORM, SignedIn
from faults.fleet import Fleet, new_folder, populate, settings, start_servers, this_release
from throwaway.dashboard import Server
from throwaway.postgresql import PostgreSQL, postgresql, standby
from throwaway.programs import HOST, wait_until
from throwaway.redis import redis_server

pytestmark = pytest.mark.infrastructure

ROLE = "dashboard_server"
PERSONS = 20
TOKEN = "a token of the tests that is long enough"
SECONDS = 60


@dataclass
class Deployment:
    fleet: Fleet
    replica: PostgreSQL
    patient: Server
    strict: Server

    def new_person(self, *, is_administrator: bool = False) -> SignedIn:
        """Return the session of somebody whom no test has used, and whom no cache knows."""
        session = self.fleet.take(1)[0].sessions[0]
        if is_administrator:
            self.fleet.postgresql.execute(
                "UPDATE accounts_account SET administrator_since = now() WHERE accountid ="
                f" (SELECT account_id FROM sessions_app_session WHERE sessionid = '{session.sessionid}')"
            )
        return session

    @contextmanager
    def pause(self) -> Iterator[None]:
        """Let the replica show nothing new for the block."""
        wait_until(lambda: is_in_use(self.patient) and is_in_use(self.strict), "the replica is not used")
        self.replica.execute("SELECT pg_wal_replay_pause()", database="postgres")
        state = "SELECT pg_get_wal_replay_pause_state()"
        wait_until(lambda: value(self.replica, state) == "paused", "the replica goes on")
        try:
            yield
        finally:
            self.replica.execute("SELECT pg_wal_replay_resume()", database="postgres")


@pytest.fixture(scope="module")
def deployment() -> Iterator[Deployment]:
    with ExitStack() as stack:
        folder, primary = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        cache = stack.enter_context(redis_server())
        fleet = Fleet(this_release(settings(primary.url(ROLE), cache.url())), folder, primary, redis=cache)
        populate(fleet, PERSONS)
        primary.add_server_role()
        replica = stack.enter_context(standby(primary))
        own = {"READ_DATABASE_URL": replica.url(ROLE), "PROMETHEUS_TOKEN": TOKEN}
        fleet.release.environment.update(own)
        start_servers(fleet, stack, {"READ_DATABASE_MAXIMUM_LAG": "60"}, {"READ_DATABASE_MAXIMUM_LAG": "2"})
        yield Deployment(fleet, replica, *fleet.servers)


def value(server: PostgreSQL, statement: str) -> Any:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute(statement).fetchone()
        return row and row[0]


def ask(
    server: Server, session: SignedIn, method: str, path: str, body: dict[str, str] | None = None
) -> tuple[int, Any]:
    connection = HTTPConnection(HOST, server.port, timeout=SECONDS)
    headers = {"Authorization": f"Bearer {session.sessionid}.{session.token}"}
    try:
        connection.request(method, f"/api/{path}", urlencode(body or {}), FORM | headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"null")
    finally:
        connection.close()


def is_in_use(server: Server) -> bool:
    return "dashboard_read_database_in_use 1.0" in server.metrics(TOKEN)


def is_ended(server: Server, reader: SignedIn, session: SignedIn, *, query: str = "") -> bool:
    """Return whether a list shows that a session is ended."""
    status, rows = ask(server, reader, "GET", f"administrator/sessions?limit=1000{query}")
    assert status == 200
    (found,) = [row for row in rows if row["sessionid"] == session.sessionid]
    return "endedAt" in found


def end(deployment: Deployment, by: SignedIn, session: SignedIn) -> None:
    path = f"administrator/set-session-ended?sessionid={session.sessionid}"
    assert ask(deployment.patient, by, "PATCH", path)[0] == 200


def test_what_is_read_from_the_replica(deployment: Deployment) -> None:
    writer, reader = (deployment.new_person(is_administrator=True) for _ in range(2))
    user = deployment.new_person()
    everywhere = (deployment.patient, deployment.strict)
    for server in everywhere:
        assert ask(server, user, "GET", "user/session")[0] == 200
    with deployment.pause():
        end(deployment, writer, user)
        # whether somebody may come in
        assert [ask(server, user, "GET", "user/session")[0] for server in everywhere] == [401, 401]
        # lists of others, pages as well as streams
        wait_until(lambda: not is_ended(deployment.patient, reader, user), "a page is read from the primary")
        wait_until(
            lambda: not is_ended(deployment.patient, reader, user, query="&all=true"),
            "a stream is read from the primary",
        )
        # lists after one's own write, at whichever server
        assert is_ended(deployment.patient, writer, user)
        assert is_ended(deployment.strict, writer, user)
        # as soon as the replica is too far behind
        wait_until(lambda: not is_in_use(deployment.strict), "the replica is used")
        wait_until(lambda: is_ended(deployment.strict, reader, user), "the primary is not read")
    wait_until(lambda: is_ended(deployment.patient, reader, user), "the replica does not go on")
    wait_until(lambda: is_in_use(deployment.strict), "the replica is not used any more")
    counted = deployment.patient.metrics(TOKEN)
    for labels in ('database="replica",reason=""', 'database="primary",reason="own-write"'):
        assert f"dashboard_list_reads_total{{{labels}}}" in counted


def test_numbers_of_rows(deployment: Deployment) -> None:
    reader, user = deployment.new_person(is_administrator=True), deployment.new_person()
    path = "administrator/reset-codes-count"
    with deployment.pause():
        before = ask(deployment.patient, reader, "GET", path)[1]
        code = {"secret-code": "Wp74kq2Zr9t"}
        accountid = ask(deployment.patient, user, "GET", "user/session")[1]["accountid"]
        status, said = ask(deployment.patient, user, "POST", f"user/create-reset-code?accountid={accountid}", code)
        assert status == 200, said
        assert ask(deployment.patient, reader, "GET", path) == (200, before)
        # a user's own list
        assert ask(deployment.patient, user, "GET", f"user/reset-codes-count?accountid={accountid}") == (200, 2)
    wait_until(lambda: ask(deployment.patient, reader, "GET", path)[1] == before + 1, "the replica does not go on")


def test_doctor_and_export(deployment: Deployment) -> None:
    wait_until(lambda: is_in_use(deployment.strict), "the replica is not used")
    release = deployment.fleet.release
    command = [sys.executable, "manage.py", "doctor"]
    ended = subprocess.run(
        command, cwd=release.folder, env=release.environment, text=True, capture_output=True, check=False
    )
    assert "The replica had everything" in ended.stdout
    accounts = release.manage("export_list", "accounts").splitlines()
    assert len(accounts) == PERSONS + 2  # the administrator, and the names of the columns


def test_connections_that_the_replica_ends(deployment: Deployment) -> None:
    reader = deployment.new_person(is_administrator=True)
    ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{ROLE}'"
    for _ in range(20):
        deployment.replica.execute(ended, database="postgres")
        assert ask(deployment.patient, reader, "GET", "administrator/accounts")[0] == 200


def test_replica_that_is_gone(deployment: Deployment) -> None:
    reader, user = deployment.new_person(is_administrator=True), deployment.new_person()
    wait_until(lambda: is_in_use(deployment.patient), "the replica is not used")
    deployment.replica.stop(is_immediate=True)
    try:
        end(deployment, deployment.new_person(is_administrator=True), user)
        wait_until(lambda: is_ended(deployment.patient, reader, user), "the primary is not read")
        assert ask(deployment.patient, reader, "GET", "administrator/accounts-count")[0] == 200
        wait_until(lambda: not is_in_use(deployment.patient), "the replica is used")
    finally:
        deployment.replica.start()
    wait_until(lambda: is_in_use(deployment.patient), "the replica is not used again")


def test_replica_that_hangs(deployment: Deployment) -> None:
    reader, user = deployment.new_person(is_administrator=True), deployment.new_person()
    wait_until(lambda: is_in_use(deployment.patient) and is_in_use(deployment.strict), "the replica is not used")
    deployment.replica.signal(SIGSTOP)
    try:
        end(deployment, deployment.new_person(is_administrator=True), user)
        assert is_ended(deployment.patient, reader, user)  # it is asked in vain, and then the primary
        assert is_ended(deployment.strict, reader, user)
        assert not is_in_use(deployment.patient)
    finally:
        deployment.replica.signal(SIGCONT)
    wait_until(lambda: is_in_use(deployment.patient), "the replica is not used again")


def test_replica_that_is_promoted(deployment: Deployment) -> None:
    reader, user = deployment.new_person(is_administrator=True), deployment.new_person()
    wait_until(lambda: is_in_use(deployment.patient), "the replica is not used")
    deployment.replica.promote()
    wait_until(lambda: not is_in_use(deployment.patient), "the former replica is used")
    end(deployment, deployment.new_person(is_administrator=True), user)
    assert is_ended(deployment.patient, reader, user)
    assert "it is not a standby" in deployment.patient.log.read_text()
