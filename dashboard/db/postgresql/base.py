"""Django's PostgreSQL backend, for connections that a server's threads keep from request to request."""

import select
from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql import base
from psycopg.abc import Buffer
from psycopg.adapt import Loader


class TimeLoader(Loader):
    """A timestamptz as Python itself reads ISO 8601, at a tenth of the cost of psycopg's own parser for all styles.

    Django sets the connection's time zone to UTC, and the server writes ISO: `2026-11-21 03:23:03.424365+00`.
    """

    timezone = UTC  # Django compares it with the zone that it wants

    def load(self, data: Buffer) -> datetime:
        return datetime.fromisoformat(str(data, "ascii"))


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection, which is looked at before each request that needs it, without asking the server."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        connection.adapters.register_loader("timestamptz", TimeLoader)
        return connection

    def is_usable(self) -> bool:
        """Whether the other end has not closed it, which the socket tells: Django's own way is a query.

        Between statements a server says nothing but that, or what nobody waits for: then a new connection does no harm.
        """
        if self.connection is None or self.connection.closed:
            return False
        said = select.poll()
        said.register(self.connection.fileno(), select.POLLIN)
        return not said.poll(0)
