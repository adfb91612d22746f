"""Reads the database of a Node Dashboard in one consistent snapshot, and never writes to it."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Text, cast, column, create_engine, func, inspect, select, table, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.sql import ColumnElement, Select, TableClause

Row = Mapping[str, Any]

BATCH_SIZE = 1000
TABLES: Mapping[str, tuple[str, ...]] = {
    "accounts": (
        "accountid",
        "profileid",
        "usernameHash",
        "passwordHash",
        "sessionKey",
        "sessionKeyNumber",
        "sessionKeyLastResetAt",
        "deletedAt",
        "lastSignedInAt",
        "resetCodeLastCreatedAt",
        "resetCodeLastUsedAt",
        "ownerSince",
        "administratorSince",
        "usernameLastChangedAt",
        "passwordLastChangedAt",
        "createdAt",
        "updatedAt",
    ),
    "profiles": (
        "profileid",
        "accountid",
        "companyName",
        "fullName",
        "contactEmail",
        "displayEmail",
        "displayName",
        "phone",
        "occupation",
        "location",
        "dob",
        "website",
        "fields",
        "createdAt",
        "updatedAt",
    ),
    "sessions": (
        "sessionid",
        "accountid",
        "tokenHash",
        "duration",
        "csrfToken",
        "lastVerifiedAt",
        "endedAt",
        "createdAt",
        "updatedAt",
    ),
    "resetCodes": ("codeid", "accountid", "secretCodeHash", "createdAt", "updatedAt"),
    "metrics": ("metricid", "value", "createdAt", "updatedAt"),
}
ID = {name: columns[0] for name, columns in TABLES.items()}

DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
}
BEGIN = {
    "postgresql": ("SET DateStyle = 'ISO'", "SET TIME ZONE 'UTC'", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"),
    "mysql": (
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
        "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
    ),
    "sqlite": ("BEGIN",),
}


class CannotImportError(Exception):
    """The source cannot be imported. The message is a sentence without the password of its URL."""


class Source:
    """The rows of one app id in the database of a Node Dashboard."""

    def __init__(self, connection: Connection, appid: str) -> None:
        self._connection, self.appid = connection, appid

    def count(self, name: str) -> int:
        """Return the number of rows of the app id in a table."""
        counted = self._connection.scalar(self._of_app(select(func.count()).select_from(_table(name))))
        return int(counted or 0)

    def batches(self, name: str) -> Iterator[list[Row]]:
        """Yield the rows of a table ordered by id, BATCH_SIZE at a time. Rows without an id come first."""
        key: ColumnElement[Any] = column(ID[name])
        if without_id := self._rows(self._select(name).where(key.is_(None))):
            yield without_id
        query = self._select(name).where(key.is_not(None)).order_by(key).limit(BATCH_SIZE)
        batch = self._rows(query)
        while batch:
            yield batch
            batch = self._rows(query.where(key > batch[-1][ID[name]]))

    def accounts(self, accountids: Sequence[str]) -> dict[str, Row]:
        """Return the accounts with these ids, by id. Omit those that do not exist."""
        query = self._select("accounts").where(column("accountid").in_(accountids))
        return {row["accountid"]: row for row in self._rows(query)}

    def existing(self, name: str, rowids: Sequence[str]) -> set[str]:
        """Return the subset of these ids that exist in a table."""
        key: ColumnElement[Any] = column(ID[name])
        query = self._of_app(select(key).select_from(_table(name)).where(key.in_(rowids)))
        return set(self._connection.scalars(query))

    def owners(self) -> list[Row]:
        """Return `accountid` and `ownerSince` of the owners, from the longest-serving one."""
        since: ColumnElement[Any] = column("ownerSince")
        query = select(column("accountid"), self._read("ownerSince")).select_from(_table("accounts"))
        return self._rows(self._of_app(query.where(since.is_not(None)).order_by(since)))

    def has_username(self, username_hash: str) -> bool:
        """Return whether an account has this username hash."""
        query: Select[Any] = select(column("accountid")).select_from(_table("accounts"))
        found = self._connection.execute(self._of_app(query.where(column("usernameHash") == username_hash).limit(1)))
        return found.first() is not None

    def shared_usernames(self) -> dict[str, str]:
        """Return the lowest accountid for each username hash that several accounts have."""
        name: ColumnElement[Any] = column("usernameHash")
        query = self._of_app(select(name, func.min(column("accountid"))).select_from(_table("accounts")))
        rows = self._connection.execute(query.group_by(name).having(func.count() > 1))
        return {shared: first for shared, first in rows if shared is not None}

    def _select(self, name: str) -> Select[Any]:
        return self._of_app(select(*map(self._read, TABLES[name])).select_from(_table(name)))

    def _read(self, name: str) -> ColumnElement[Any]:
        """Select a column. PostgreSQL has times that Python cannot represent; read as text, they are reported."""
        as_text = self._connection.dialect.name == "postgresql" and (name.endswith(("At", "Since")) or name == "dob")
        return cast(column(name), Text).label(name) if as_text else column(name)

    def _of_app(self, query: Select[Any]) -> Select[Any]:
        return query.where(column("appid") == self.appid)

    def _rows(self, query: Select[Any]) -> list[Row]:
        return [*self._connection.execute(query).mappings()]


@contextmanager
def opened(url: str, appid: str) -> Iterator[Source]:
    """Open a snapshot of the rows of this app id for the block.

    Raise CannotImportError if the database cannot be opened, lacks a table or column, or has no account of the app id.
    """
    try:
        engine = _engine(url)
        with _connection(engine) as connection:
            for statement in BEGIN[engine.dialect.name]:
                connection.execute(text(statement))
            _check(connection, appid)
            yield Source(connection, appid)
            connection.execute(text("ROLLBACK"))
    except DBAPIError as error:
        raise CannotImportError(f"The source cannot be read: {_one_line(error.orig)}") from error
    except SQLAlchemyError as error:
        raise CannotImportError(f"The source cannot be read: {_one_line(error)}") from error


def _engine(url: str) -> Engine:
    try:
        parts = make_url(url)
    except ValueError:  # its message quotes the port, which may be part of a password
        raise CannotImportError("The port in the URL is not a number.") from None
    if parts.drivername == "sqlite":
        return create_engine("sqlite://", creator=lambda: _sqlite(parts), poolclass=NullPool)
    if parts.drivername not in DRIVERS:
        raise CannotImportError("The URL must be postgresql://…, mysql://…, mariadb://… or sqlite:///path.")
    return create_engine(
        parts.set(drivername=DRIVERS[parts.drivername]), poolclass=NullPool, isolation_level="AUTOCOMMIT"
    )


def _connection(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except TypeError as error:  # an unknown option in the URL, with PyMySQL
        raise CannotImportError(f"The source cannot be read: {_one_line(error)}") from error


def _sqlite(url: URL) -> sqlite3.Connection:
    path = Path(url.database or "").absolute()
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)


def _check(connection: Connection, appid: str) -> None:
    inspector = inspect(connection)
    tables = set(inspector.get_table_names())
    for name, columns in TABLES.items():
        if name not in tables:
            raise CannotImportError(f"The source is not the database of a Node Dashboard: it has no table {name}.")
        if missing := {*columns, "appid"} - {found["name"] for found in inspector.get_columns(name)}:
            raise CannotImportError(f"The table {name} of the source has no column {', '.join(sorted(missing))}.")
    key: ColumnElement[Any] = column("appid")
    appids = set(connection.scalars(select(key).select_from(_table("accounts")).distinct()))
    if appid not in appids:
        known = ", ".join(sorted(map(str, appids - {None}))) or "none"
        raise CannotImportError(f"The source has no account of the app id {appid}. Its app ids: {known}.")


def _table(name: str) -> TableClause:
    return table(name)


def _one_line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]
