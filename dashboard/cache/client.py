"""django-redis' client, with a short way for what every session check and every change asks of Redis."""

import os
import threading
from collections.abc import Collection, Mapping
from typing import Any

from django_redis.client import DefaultClient
from redis.exceptions import RedisError

from dashboard.db.connections import CloseOnThreadExit

Command = tuple[bytes | str | int, ...]


class ThreadLocalRedisClient(DefaultClient):  # type: ignore[misc]  # django-redis is untyped
    """Its `get_many` and `set_many` take half the time: a thread keeps a connection, sends and reads.

    The connection is looked at before each use, and opened again where the server has closed it. Left out are the
    pool, redis-py's retries, its telemetry and its callbacks for the answers of other commands, and the transaction
    around several writes. What fails raises redis.exceptions.RedisError. Every value is the serializer's, also a
    number.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._kept = threading.local()

    def get_many(self, keys: Collection[str], version: int | None = None, client: Any = None) -> dict[str, Any]:
        (values,) = self._answers((b"MGET", *(self.make_key(key, version) for key in keys)))
        return {key: self.decode(value) for key, value in zip(keys, values, strict=True) if value is not None}

    def set_many(self, data: Mapping[str, Any], timeout: float, version: int | None = None, client: Any = None) -> None:
        milliseconds = int(timeout * 1000)
        self._answers(
            *((b"SET", self.make_key(key, version), self.encode(data[key]), b"PX", milliseconds) for key in data)
        )

    def _answers(self, *commands: Command) -> list[Any]:
        """In one round trip."""
        connection = self._connection()
        try:
            connection.send_packed_command(connection.pack_commands(commands))
            return [connection.read_response() for _ in commands]
        except BaseException:
            connection.disconnect()  # or what has not been read yet would answer the next question
            raise

    def _connection(self) -> Any:
        """This thread's, in this process, with nothing left in it to be read."""
        connection = getattr(self._kept, "connection", None)
        if connection is None or connection.pid != os.getpid():
            pool = self.get_client().connection_pool
            connection = self._kept.connection = pool.connection_class(**pool.connection_kwargs)
            self._kept.closing = CloseOnThreadExit(connection.disconnect)
        elif connection.is_connected and _is_stale(connection):
            connection.disconnect()
        return connection

    def encode(self, value: Any, *, allow_int: bool = False) -> bytes:
        packed: bytes = self._serializer.dumps(value)
        return packed

    def decode(self, value: bytes) -> Any:
        return self._serializer.loads(value)


def _is_stale(connection: Any) -> bool:
    try:
        readable: bool = connection.can_read()
    except RedisError:  # the server has closed it
        return True
    return readable
