"""manage.py upgrade_check: what `migrate` would lock, and whether the previous release may go on serving."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from operations.management.commands import upgrade_check
from operations.upgrade import plan, tables
from operations.upgrade.plan import LIMIT_SECONDS, WHOLE_FILE, Estimate, PlannedMigration, Upgrade, planned_upgrade
from operations.upgrade.statements import Effect, Lock, Work
from operations.upgrade.tables import Catalogue, OpenTransaction, Size
from tests.commands import run

pytestmark = pytest.mark.django_db

LARGE = Size(8_000_000, 1_200_000_000)
COLUMN = Effect("ADD COLUMN c integer", "books", Lock.ACCESS_EXCLUSIVE)
SCAN = Effect("VALIDATE CONSTRAINT c", "books", Lock.SHARE_UPDATE_EXCLUSIVE, Work.SCAN)
INDEX = Effect("CREATE INDEX i ON books", "books", Lock.SHARE, Work.INDEX)
UNKNOWN = Effect("VACUUM FULL books", "", None, Work.UNKNOWN)


def planned(*effects: Effect, is_atomic: bool = True, **options: Any) -> PlannedMigration:
    given: dict[str, Any] = {"runs_code": False, "unused_since": ""} | options
    return PlannedMigration("app.0002_new", is_atomic, [Estimate(it, LARGE) for it in effects], **given)


def forget(*migrations: tuple[str, str]) -> None:
    """Let migrations be unapplied."""
    for app, name in migrations:
        assert MigrationRecorder.Migration.objects.filter(app=app, name=name).delete()[0]


def forget_from(app: str, name: str) -> int:
    """Let this migration of an app and all later ones be unapplied; return how many they are."""
    return MigrationRecorder.Migration.objects.filter(app=app, name__gte=name).delete()[0]


@pytest.fixture
def of(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the command find these migrations, and a database that is not SQLite."""

    def plan_of(*migrations: PlannedMigration, transactions: tuple[OpenTransaction, ...] = ()) -> None:
        monkeypatch.setattr(Upgrade, "locks_file", False)
        monkeypatch.setattr(upgrade_check, "planned_upgrade", lambda: Upgrade([*migrations], transactions))

    return plan_of


def test_nothing_to_do() -> None:
    ended = run("upgrade_check")
    assert (ended.status, ended.said) == (0, "Every migration is applied.\n")
    document = run("upgrade_check", "--json").wire
    assert (document["object"], document["mayServe"], document["migrations"]) == ("upgrade", True, [])


@pytest.mark.postgresql
def test_locks_and_times_of_migrations_that_are_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    number = forget_from("sessions_app", "0007_active_sessions_of_account")
    sizes = {"sessions_app_session": LARGE, "accounts_account": Size(10, 8192), "sessions_app_revocation": LARGE}
    monkeypatch.setattr(plan, "read_catalogue", lambda: Catalogue(sizes))
    ended = run("upgrade_check")
    assert ended.status == 0
    text = " ".join(ended.said.split())
    assert "✓ sessions_app.0007_active_sessions_of_account" in text
    assert "SHARE UPDATE EXCLUSIVE: concurrent index of 1.2 GB: about 100 s" in text
    assert "SHARE UPDATE EXCLUSIVE: scan of 1.2 GB: about 12 s" in text
    assert "accounts_account: ADD CONSTRAINT" in text
    assert "SHARE ROW EXCLUSIVE, which keeps writers out: for a moment" in text
    assert "ACCESS EXCLUSIVE, which keeps readers and writers out: for a moment" in text
    assert "100 MB/s to read a table" in text
    assert text.endswith(f"{number} migrations. The running release may keep serving meanwhile.")
    (index,) = run("upgrade_check", "--json").wire["migrations"][0]["statements"]
    assert (index["lock"], index["work"], index["seconds"]) == ("SHARE UPDATE EXCLUSIVE", "concurrent index", 100.0)


@pytest.mark.postgresql
def test_tables_are_as_large_as_they_are() -> None:
    catalogue = tables.read_catalogue()
    assert catalogue.sizes["accounts_account"].bytes % 8192 == 0
    assert catalogue.relations.index_tables["session_active_of_account"] == "sessions_app_session"


def test_what_the_previous_release_cannot_live_with_is_told(monkeypatch: pytest.MonkeyPatch, of: Any) -> None:
    forget_from("accounts", "0014_cascades")
    forget(("accounts", "0006_sign_in_clients"))
    monkeypatch.setattr("operations.upgrade.rules.CascadeInDatabase", Mock)  # as if there were none
    upgrade = planned_upgrade()
    found = {it.name: it.objections for it in upgrade.migrations}
    assert "previous release cannot delete" in found["accounts.0006_sign_in_clients"][0]
    of(*upgrade.migrations)
    ended = run("upgrade_check")
    assert ended.status == 1
    assert "→ SignInClient.account: the previous release cannot delete" in ended.said
    assert "Stop all servers before you run migrate" in ended.said


@pytest.mark.parametrize(
    ("migration", "seconds"),
    [
        (planned(COLUMN), 0),
        (planned(COLUMN, SCAN), 12),
        (planned(SCAN, COLUMN), 0),
        (planned(COLUMN, SCAN, is_atomic=False), 0),
        (planned(INDEX, SCAN, is_atomic=False), 48),
        (planned(COLUMN, INDEX), 48),
        (planned(UNKNOWN), 0),
    ],
)
def test_a_lock_is_held_to_the_end_of_its_transaction(migration: PlannedMigration, seconds: float) -> None:
    assert migration.blocked_seconds == seconds
    assert migration.may_serve is (seconds <= LIMIT_SECONDS)


def test_requests_that_would_wait_too_long(of: Any) -> None:
    of(planned(COLUMN), planned(INDEX))
    ended = run("upgrade_check")
    assert ended.status == 1
    assert "→ requests wait for about 48 s, and give up after 5" in ended.said
    assert ended.said.endswith("they cannot serve during 1 migration of 2 migrations.\n")


def test_document_of_an_upgrade_that_the_previous_release_does_not_survive(of: Any) -> None:
    of(planned(INDEX, UNKNOWN, unused_since="1.1.0", runs_code=True))
    ended = run("upgrade_check", "--json")
    assert (ended.status, ended.complained) == (1, "")
    (migration,) = json.loads(ended.said)["migrations"]
    assert migration["statements"][1] == {"statement": "VACUUM FULL books", "work": "unknown"}
    assert (migration["mayServe"], migration["unusedSince"], migration["runsCode"]) == (False, "1.1.0", True)


def test_what_is_not_known_is_said(of: Any) -> None:
    update = replace(SCAN, lock=Lock.ROW_EXCLUSIVE, work=Work.UNKNOWN)
    of(planned(UNKNOWN, update, runs_code=True, unused_since="1.1.0"))
    text = run("upgrade_check").said
    assert "VACUUM FULL books: not known" in text
    assert "the time depends on the rows that it affects" in text
    assert "runs code, whose locks and time are not known" in text
    assert "removes what releases before 1.1.0 use" in text


def test_transactions_that_migrate_may_wait_for(of: Any) -> None:
    of(planned(COLUMN), transactions=(OpenTransaction(12, "reports", "", 3600),))
    assert "Process 12 (reports, unnamed) has had a transaction open for 3,600 seconds" in run("upgrade_check").said


@pytest.fixture
def another() -> Iterator[psycopg.Connection]:
    """A connection that is in a transaction."""
    given = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    known = {name: connection.settings_dict[key] for name, key in given.items() if connection.settings_dict[key]}
    with psycopg.connect(dbname=connection.settings_dict["NAME"], application_name="reports", **known) as other:
        other.execute("SELECT 1")
        yield other


@pytest.mark.postgresql
def test_open_transactions_are_found(monkeypatch: pytest.MonkeyPatch, another: psycopg.Connection) -> None:
    monkeypatch.setattr(tables, "OPEN", tables.OPEN.replace("5 seconds", "0 seconds"))
    found = {it.pid: it.application for it in tables.read_catalogue().open_transactions}
    assert found[another.info.backend_pid] == "reports"


@pytest.mark.skipif(connection.vendor == "postgresql", reason="is about SQLite")
def test_sqlite_locks_the_whole_file() -> None:
    forget_from("sessions_app", "0008_cascades")
    ended = run("upgrade_check")
    assert ended.status == 1
    assert "✓  sessions_app.0008_cascades" in ended.said
    assert ended.said.endswith(f"{WHOLE_FILE}\n")
    assert json.loads(run("upgrade_check", "--json").said)["locksWholeFile"] is True


def test_nothing_is_changed() -> None:
    forget(("sessions_app", "0008_cascades"))
    before = set(connection.introspection.table_names()), MigrationRecorder.Migration.objects.count()
    run("upgrade_check")
    assert before == (set(connection.introspection.table_names()), MigrationRecorder.Migration.objects.count())
