"""Reading a source: supported databases, read-only access, and one snapshot."""

import hashlib
import sqlite3
from contextlib import closing
from typing import Any

import psycopg
import pytest
from django.db import connection

from accounts.models import Account
from dashboard.core.actor import Actor
from node_dashboard import services, source
from node_dashboard.source import CannotImportError, opened
from tests import node
from tests.node_dashboard.conftest import Original
from tests.node_dashboard.further_runs import LATER, PERSONID, everything, imported_counts

SCHEMA = "node_dashboard_of_tests"
TYPES = {"DATETIME": "timestamptz", "JSON": "json", "DATE": "date"}


class InPostgres(Original):
    """The same Node Dashboard in a schema of PostgreSQL, with the column types of Sequelize."""

    @property
    def url(self) -> str:
        return f"{address()}?options=-csearch_path%3D{SCHEMA}"

    def change(self, statement: str, *values: Any) -> None:
        with psycopg.connect(self.url, autocommit=True) as target:
            target.execute(statement.replace("?", "%s"), values)


def address() -> str:
    at = connection.settings_dict
    return f"postgresql://{at['USER']}:{at['PASSWORD']}@{at['HOST']}:{at['PORT'] or 5432}/{at['NAME']}"


@pytest.fixture
def in_postgres(original: Original, settings: Any) -> Any:
    with psycopg.connect(address(), autocommit=True) as target:
        target.execute(f"drop schema if exists {SCHEMA} cascade")
        target.execute(f"create schema {SCHEMA}")
        target.execute(f"set search_path to {SCHEMA}")
        with closing(sqlite3.connect(original.path)) as rows:
            for table in source.TABLES:
                copy(rows, table, target)
        yield InPostgres(original.path)
        target.execute(f"drop schema {SCHEMA} cascade")


def copy(rows: sqlite3.Connection, table: str, target: Any) -> None:
    columns = [(name, TYPES.get(kind, kind)) for _, name, kind, *_ in rows.execute(f"pragma table_info({table})")]
    layout = ", ".join(f'"{name}" {kind}' for name, kind in columns)
    target.execute(f'create table "{table}" ({layout}, primary key ("{columns[0][0]}"))')
    places = ", ".join(["%s"] * len(columns))
    with target.cursor() as cursor:
        cursor.executemany(f'insert into "{table}" values ({places})', list(rows.execute(f"select * from {table}")))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_postgresql_has_the_same_rows_as_sqlite(original: Original, in_postgres: Any) -> None:
    original.import_()
    assert imported_counts(in_postgres) == {}
    assert in_postgres.import_().skipped == []


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_import_from_postgresql(in_postgres: Any) -> None:
    assert imported_counts(in_postgres)["sessions"] == {"new": 24}
    in_postgres.change(
        'update accounts set "lastSignedInAt" = ?, "updatedAt" = ? where accountid = ?', LATER, LATER, PERSONID
    )
    assert imported_counts(in_postgres) == {"accounts": {"changed": 1}}
    assert Account.objects.get(pk=PERSONID).as_json()["lastSignedInAt"] == "2026-11-21T02:00:00.000Z"


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("time", ["infinity", "12026-11-21 00:00:00+00", "0044-03-15 00:00:00+00 BC"])
def test_time_that_only_postgresql_can_represent(time: str, in_postgres: Any) -> None:
    in_postgres.change('update accounts set "deletedAt" = ? where accountid = ?', time, PERSONID)
    assert next((it.rowid, it.reason) for it in in_postgres.import_().skipped) == (
        PERSONID,
        "deletedAt is not a valid time",
    )


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_snapshot_of_postgresql(in_postgres: Any) -> None:
    with opened(in_postgres.url, in_postgres.appid) as snapshot:
        in_postgres.change("delete from sessions")
        assert sum(len(batch) for batch in snapshot.batches("sessions")) == 24
    with opened(in_postgres.url, in_postgres.appid) as snapshot:
        assert snapshot.count("sessions") == 0


@pytest.mark.django_db
def test_source_is_only_read(original: Original) -> None:
    def digest() -> str:
        return hashlib.sha256(original.path.read_bytes()).hexdigest()

    before = digest()
    original.path.chmod(0o400)
    original.import_()
    assert digest() == before
    assert [path.name for path in original.path.parent.iterdir()] == [original.path.name]


def test_rows_are_read_in_batches(original: Original, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BATCH_SIZE", 7)
    with opened(original.url, original.appid) as rows:
        batches = list(rows.batches("sessions"))
        assert rows.count("sessions") == 24
    assert [len(batch) for batch in batches] == [7, 7, 7, 3]
    assert {row["sessionid"] for batch in batches for row in batch} == node.rows("sessions").keys()


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("drop table metrics", "The source is not the database of a Node Dashboard: it has no table metrics."),
        ('alter table sessions drop column "csrfToken"', "The table sessions of the source has no column csrfToken."),
        ("update accounts set appid = 'another'", "no account of the app id exampleapp. Its app ids: another."),
        ("update accounts set appid = null", "no account of the app id exampleapp. Its app ids: none."),
    ],
)
def test_database_that_is_not_a_source(statement: str, said: str, original: Original) -> None:
    original.change(statement)
    with pytest.raises(CannotImportError) as refused, opened(original.url, original.appid):
        pass
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/at/all.sqlite", "The source cannot be read: unable to open database file"),
        ("postgresql://somebody:a-secret@127.0.0.1:1/none", "The source cannot be read: connection"),
        ("mysql://somebody:a-secret@127.0.0.1:1/none", "The source cannot be read: (2003, "),
        ("oracle://somebody:a-secret@127.0.0.1/none", "The URL must be postgresql://"),
        (
            "mysql://somebody:a-secret@127.0.0.1:1/none?surprise=1",
            "The source cannot be read: Connection.__init__() got",
        ),
        ("postgresql://somebody@127.0.0.1:a-secret/none", "The port in the URL is not a number."),
        ("no url: a-secret", "The source cannot be read: Could not parse SQLAlchemy URL"),
    ],
)
def test_source_that_cannot_be_opened(url: str, said: str) -> None:
    with pytest.raises(CannotImportError) as refused, opened(url, "exampleapp"):
        pass
    assert str(refused.value).startswith(said)
    assert "a-secret" not in str(refused.value)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("listed", "username", "said"),
    [
        (["our key"], "", "DASHBOARD_ENCRYPTION_KEY has no further item"),
        (["our key", "another", "node:none"], "", "has several further items"),
        (["our key", "another"], "theowner", "no account with this username"),
        (["our key", "another", "node:none"], "nobody", "no account with this username"),
    ],
)
def test_unknown_key(listed: list[str], username: str, said: str, original: Original, settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = listed
    for service in (services.preview_import, services.import_node_dashboard):
        with pytest.raises(CannotImportError, match=said):
            service(original.origin(username), Actor.command_line(), lambda table, rows: None)
    assert everything() == {"metrics": []}


@pytest.mark.django_db
def test_username_identifies_the_key(original: Original, settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key", "another", "node:none", "a fourth"]
    services.import_node_dashboard(original.origin("theowner"), Actor.command_line(), lambda table, rows: None)
    assert Account.objects.owner().get().check_password(node.ACCOUNTS[0]["password"])


@pytest.mark.django_db
def test_missing_session_key_is_noted(original: Original, settings: Any) -> None:
    settings.DASHBOARD_SESSION_KEY = ["our session key"]
    (note,) = original.import_().notes
    assert note.startswith("DASHBOARD_SESSION_KEY has no further item")
