"""Django's PostgreSQL backend, for connections that threads keep from request to request.

README.md of `dashboard.db` has what each of the changes saves.
"""

import select
from datetime import UTC, datetime
from typing import Any

import psycopg
from django.db.backends.postgresql import base
from django.db.backends.postgresql.psycopg_any import IsolationLevel
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from dashboard.db.postgresql.sessions import Connection, PooledConnection, require_no_pooler, require_utc


class TimeLoader(Loader):
    """Load a timestamptz with `datetime.fromisoformat`, at a tenth of the cost of psycopg's parser for all styles.

    Django sets the time zone of a connection to UTC, and PostgreSQL's default style is ISO:
    `2026-11-21 03:23:03.424365+00`.
    """

    timezone = UTC  # Django reads it to decide whether to register a loader of its own

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose health check looks at the socket instead of asking the server.

    With the option `pooling`, it works through a pooler; without it, it refuses to.
    """

    @property
    def is_pooled(self) -> bool:
        """Whether DATABASE_URL says that a pooler gives each transaction another server."""
        return bool(self.settings_dict["OPTIONS"].get("pooling"))

    def get_connection_params(self) -> dict[str, Any]:
        parameters: dict[str, Any] = super().get_connection_params()
        parameters.pop("pooling", None)
        return parameters

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect. Raises PoolerError for a pooler that the settings do not name, or that is not set up for us."""
        self.isolation_level = IsolationLevel.READ_COMMITTED  # PostgreSQL's default
        kind = PooledConnection if self.is_pooled else Connection
        connection = kind.connect(**{**conn_params, "autocommit": True})
        try:
            if self.is_pooled:
                require_utc(connection)  # each transaction has the limit that its class expects
            else:
                require_no_pooler(connection)
                connection.learn_limit()
        except psycopg.Error:
            connection.close()
            raise
        connection.adapters.register_loader("timestamptz", TimeLoader)
        return connection

    def _configure_timezone(self, connection: Any) -> bool:
        """Set the time zone to UTC, except through a pooler, where it has been found to be UTC."""
        return not self.is_pooled and super()._configure_timezone(connection)  # type: ignore[misc]

    def _set_autocommit(self, autocommit: bool) -> None:  # noqa: FBT001  Django's signature
        super()._set_autocommit(autocommit)  # type: ignore[misc]
        if autocommit:  # a transaction, which may have had more time, is over
            self.connection.patience = self.connection.limit

    def set_autocommit(self, autocommit: bool, *options: Any, **named: Any) -> None:  # noqa: FBT001  Django's signature
        """Do what Django's does, but open no connection only to end a transaction whose connection was lost.

        `transaction.atomic` calls this at its end. Where the server hangs, the request would wait for it once more, for
        as long as connecting may take.
        """
        if autocommit and self.connection is None:
            self.run_commit_hooks_on_set_autocommit_on = False
            return  # the next connection begins in autocommit mode
        super().set_autocommit(autocommit, *options, **named)

    def is_usable(self) -> bool:
        """Return whether the server has not closed the connection. Django's own check is a query.

        An idle connection only becomes readable when the server closes it, or sends a notice. Reconnecting is safe in
        both cases.
        """
        if self.connection is None or self.connection.closed:
            return False
        readable = select.poll()
        readable.register(self.connection.fileno(), select.POLLIN)
        return not readable.poll(0)
