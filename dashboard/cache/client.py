"""django-redis' client, with one connection per thread for what session checks and changes ask of Redis."""

import os
import threading
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from django_redis.client import DefaultClient
from redis import Redis

from dashboard.db.connections import CloseOnThreadExit


class ThreadLocalRedisClient(DefaultClient):  # type: ignore[misc]  # django-redis is untyped
    """Run `get_many` and `set_many` on redis-py's `single_connection_client`, one for each thread.

    Taking a connection out of a pool costs as much as the query: README.md has the figures. Reconnecting, time-outs
    and retries are redis-py's. Every value goes through the serializer, numbers too. Errors are RedisError.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._local = threading.local()

    def get_many(self, keys: Collection[str], version: int | None = None, client: Any = None) -> dict[str, Any]:
        values: Any = self._thread_client().mget([self.make_key(key, version) for key in keys])
        return {key: self.decode(value) for key, value in zip(keys, values, strict=True) if value is not None}

    def set_many(self, data: Mapping[str, Any], timeout: float, version: int | None = None, client: Any = None) -> None:
        """Set all of these in one round trip; `timeout` is in seconds."""
        target = self._thread_client()
        if len(data) > 1:  # a pipeline costs more than half a round trip
            target = target.pipeline(transaction=False)
        for key, value in data.items():
            target.set(self.make_key(key, version), self.encode(value), px=int(timeout * 1000))
        if len(data) > 1:
            target.execute()

    def announce(self, channel: str) -> None:
        """Publish an empty message on a channel."""
        self._thread_client().publish(channel, b"")

    def _thread_client(self) -> Any:
        """Return the client of this thread; a forked process leaves its parent's alone."""
        local = self._local
        if getattr(local, "pid", None) != os.getpid():
            client: Any = Redis(connection_pool=self.get_client().connection_pool, single_connection_client=True)
            local.pid, local.client, local.closing = os.getpid(), client, CloseOnThreadExit(partial(_close, client))
        return local.client

    def encode(self, value: Any, *, allow_int: bool = False) -> bytes:
        packed: bytes = self._serializer.dumps(value)
        return packed

    def decode(self, value: bytes) -> Any:
        return self._serializer.loads(value)


def _close(client: Any) -> None:
    """Disconnect, and only then return the connection to the pool, where another thread may take it."""
    client.connection.disconnect()
    client.close()
