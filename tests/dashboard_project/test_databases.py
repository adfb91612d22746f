"""How databases are opened: passwords and options of DATABASE_URL, and limits of time."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler
from environs import EnvError

from dashboard_project.databases import database, is_database_url
from tests.dashboard_project.environment import POSTGRESQL, Load


def test_postgresql_is_bounded_in_time() -> None:
    config = database(POSTGRESQL)
    assert config["ENGINE"] == "dashboard.db.postgresql"
    assert (config["HOST"], config["PORT"], config["USER"]) == ("db.example.com", 5433, "somebody")
    assert (config["PASSWORD"], config["NAME"]) == ("password", "dashboard")
    options = config["OPTIONS"]
    assert 0 < options["connect_timeout"] <= 10
    assert 0 < options["tcp_user_timeout"] <= 10_000
    assert 0 < options["keepalives_idle"] <= 10


@pytest.mark.parametrize("password", ["p@ss", "p:ss", "p%40%3A%2F%3F%23%25ss"])
def test_password_of_the_database_url(password: str) -> None:
    url = f"postgresql://somebody:{password}@db.example.com/dashboard"
    is_database_url(url)
    config = database(url)
    assert (config["HOST"], config["NAME"]) == ("db.example.com", "dashboard")
    assert config["PASSWORD"] == unquote(password)


@pytest.mark.parametrize("letter", "/#?")
def test_password_that_cuts_the_database_url_short(load: Load, letter: str) -> None:
    """Without the check, the part before it would be the host. The message says how to write it, and not what it is."""
    with pytest.raises(EnvError, match="# as %23") as error:
        load(DATABASE_URL=f"postgresql://somebody:12{letter}34@host/dashboard")
    assert "34" not in str(error.value)


@pytest.mark.parametrize(
    ("query", "name", "expected"),
    [("sslmode=require", "sslmode", "require"), ("connect_timeout=9", "connect_timeout", 9)],
)
def test_options_of_the_database_url_come_first(query: str, name: str, expected: Any) -> None:
    assert str(database(f"{POSTGRESQL}?{query}")["OPTIONS"][name]) == str(expected)
    assert database(f"{POSTGRESQL}?{query}")["OPTIONS"]["prepare_threshold"]


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no parameters")
@pytest.mark.django_db
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("options=-c%20work_mem%3D5MB", ("5s", "5s", "off", "5MB")),
        ("options=-c%20statement_timeout%3D9s%20-c%20work_mem%3D5MB", ("9s", "5s", "off", "5MB")),
    ],
)
def test_parameters_of_the_database_url_leave_the_others(query: str, expected: tuple[str, ...]) -> None:
    own = {**connection.settings_dict, "OPTIONS": database(f"{POSTGRESQL}?{query}")["OPTIONS"]}
    opened: Any = ConnectionHandler({"default": own})["default"]
    names = ("statement_timeout", "idle_in_transaction_session_timeout", "jit", "work_mem")
    try:
        with opened.cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in names)}")
            assert cursor.fetchone() == expected
    finally:
        opened.close()


def test_schema_of_the_database_url_leaves_the_limits() -> None:
    options = database(f"{POSTGRESQL}?currentSchema=accounts")["OPTIONS"]["options"]
    assert "idle_in_transaction_session_timeout" in options
    assert options.endswith("-c search_path=accounts")


@pytest.mark.parametrize(
    ("places", "hosts", "ports"),
    [
        ("one:5433,two:5434", "one,two", "5433,5434"),
        ("one,two:5434", "one,two", "5432,5434"),
        ("[::1]:5433,two", "::1,two", "5433,5432"),
    ],
)
def test_several_hosts(places: str, hosts: str, ports: str) -> None:
    url = f"postgresql://some%40body:p%2Css@{places}/dashboard?target_session_attrs=read-write"
    is_database_url(url)
    config = database(url)
    assert (config["HOST"], config["PORT"], config["NAME"]) == (hosts, ports, "dashboard")
    assert (config["USER"], config["PASSWORD"]) == ("some@body", "p,ss")
    assert config["OPTIONS"]["target_session_attrs"] == "read-write"


@pytest.mark.parametrize("places", ["one,,two", "one:5432,two:port", ",", "one:5432,two:99999"])
def test_several_hosts_that_are_refused(load: Load, places: str) -> None:
    with pytest.raises(EnvError, match="DATABASE_URL"):
        load(DATABASE_URL=f"postgresql://somebody:password@{places}/dashboard")


def test_connections_through_a_pooler_have_no_state() -> None:
    config = database(f"{POSTGRESQL}?pooling=transaction&sslmode=require")
    assert config["OPTIONS"]["sslmode"] == "require"
    assert not {"options", "prepare_threshold"} & config["OPTIONS"].keys()
    assert config["DISABLE_SERVER_SIDE_CURSORS"]


@pytest.mark.parametrize(
    "query",
    [
        "pooling=session",
        "pooling=true",
        "pooling=transaction&pooling=transaction",
        "pooling=transaction&prepare_threshold=3",
        "pooling=transaction&options=-c%20statement_timeout%3D1s",
        "pooling=transaction&currentSchema=other",
        "pooling=transaction&assume_role=other",
    ],
)
def test_pooling_that_is_refused(load: Load, query: str) -> None:
    with pytest.raises(EnvError, match="DATABASE_URL"):
        load(DATABASE_URL=f"{POSTGRESQL}?{query}")


@pytest.mark.postgresql
@pytest.mark.django_db
@pytest.mark.parametrize("name", ["statement_timeout", "idle_in_transaction_session_timeout"])
def test_postgresql_ends_what_takes_too_long(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"show {name}")
        assert cursor.fetchone() == ("5s",)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_postgresql_compiles_no_statement() -> None:
    with connection.cursor() as cursor:
        cursor.execute("show jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.postgresql
@pytest.mark.django_db
def test_postgresql_is_told_how_many_entries_a_profile_has() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'accounts_searchentry'::regclass"
            " AND attoptions::text LIKE '%n_distinct=-0.06%' ORDER BY attname"
        )
        assert cursor.fetchall() == [("accountid",), ("profileid",)]


@contextmanager
def sqlite_at(path: Path) -> Iterator[Any]:
    opened = ConnectionHandler({"default": database(f"sqlite:///{path}")})["default"]
    try:
        yield opened
    finally:
        opened.close()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("pragma", "expected"), [("journal_mode", "wal"), ("synchronous", 1), ("busy_timeout", 20_000), ("foreign_keys", 1)]
)
def test_sqlite_pragmas(tmp_path: Path, pragma: str, expected: Any) -> None:
    with sqlite_at(tmp_path / "dashboard.sqlite3") as opened, opened.cursor() as cursor:
        assert cursor.execute(f"pragma {pragma}").fetchone() == (expected,)


@pytest.mark.django_db
def test_an_sqlite_transaction_keeps_other_writers_out_from_its_start(tmp_path: Path) -> None:
    """Two that both read and then write would otherwise end each other's transaction."""
    path = tmp_path / "dashboard.sqlite3"
    with sqlite_at(path) as opened:
        opened.ensure_connection()
        opened.set_autocommit(False, force_begin_transaction_with_broken_autocommit=True)
        other = sqlite3.connect(path, timeout=0)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("begin immediate")
        opened.rollback()
        other.execute("begin immediate")
        other.close()
