"""django-redis' client, with one connection per thread for what session checks and changes ask of Redis."""

import os
import threading
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from django_redis.client import DefaultClient
from redis import Redis
from redis.exceptions import ResponseError

from dashboard.cache.redis.identity import connect, store_of
from dashboard.db.connections import CloseOnThreadExit

# Replaces a value, for so many milliseconds (0: for ever), unless it has changed.
REPLACE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
if ARGV[3] == '0' then redis.call('SET', KEYS[1], ARGV[2]) else redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end
return 1
"""


_forks = 0  # how many forks lie between the first process and this one


def _note_fork() -> None:
    global _forks  # noqa: PLW0603
    _forks += 1


os.register_at_fork(after_in_child=_note_fork)  # asking for the number of the process each time is a system call


class ThreadLocalRedisClient(DefaultClient):  # type: ignore[misc]  # django-redis is untyped
    """Run `get_many`, `set_many` and `add_many` on redis-py's `single_connection_client`, one for each thread.

    Taking a connection out of a pool costs as much as the query: README.md has the figures. Reconnecting, time-outs
    and retries are redis-py's. Every value goes through the serializer, numbers too. Errors are RedisError.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._local = threading.local()

    def connect(self, index: int = 0) -> Any:
        """Return a client whose pool opens every connection with `connect`.

        Whoever takes a connection out of it, and whoever has opened that, it knows its server.
        """
        client: Any = super().connect(index)
        client.connection_pool.connection_kwargs.setdefault("redis_connect_func", connect)
        return client

    def get_many(self, keys: Collection[str], version: int | None = None, client: Any = None) -> dict[str, Any]:
        values: Any = self._thread_client().mget([self.make_key(key, version) for key in keys])
        return {key: self.decode(value) for key, value in zip(keys, values, strict=True) if value is not None}

    def set_many(
        self,
        data: Mapping[str, Any],
        timeout: float,
        version: int | None = None,
        client: Any = None,
        channels: Collection[str] = (),
    ) -> None:
        """Set all of these, and then announce on these channels, in one round trip; `timeout` is in seconds.

        Redis may refuse an announcement, without an error; then nobody is told.
        """
        milliseconds = int(timeout * 1000)
        commands: list[tuple[Any, ...]] = [
            ("SET", self.make_key(key, version), self.encode(value), "PX", milliseconds) for key, value in data.items()
        ]
        _raise_error(self._execute_all([*commands, *map(_announcement, channels)])[: len(commands)])

    def add_many(self, data: Mapping[str, Any], timeout: float | None) -> bool:
        """Set those of these whose keys are absent, for so many seconds, None for ever, in one round trip."""
        expiry = () if timeout is None else ("PX", int(timeout * 1000))
        commands = [("SET", self.make_key(key), self.encode(value), "NX", *expiry) for key, value in data.items()]
        _raise_error(self._execute_all(commands))
        return True

    def replace(self, key: str, old: Any, new: Any, timeout: float) -> bool:
        """Replace a value unless it has changed, for so many seconds, 0 for ever. Return whether it was replaced."""
        client = self._thread_client()
        arguments = [self.make_key(key), self.encode(old), self.encode(new), int(timeout * 1000)]
        return bool(client.eval(REPLACE, 1, *arguments))

    def store(self) -> str:
        """Return the identity of the server that this thread is connected to."""
        store: str = self._thread_client().connection.store
        return store

    def ask_store(self) -> str:
        """Ask the server for its identity, which a failover changes while a connection lasts."""
        client = self._thread_client()
        answers = self._execute_all([("INFO", "server"), ("INFO", "replication")])
        server, replication = [b"" if isinstance(it, ResponseError) else it for it in answers]  # as when it connects
        client.connection.store = store_of(server, replication)
        return self.store()

    def reconnect(self) -> None:
        """Make this thread reconnect before its next command, if it is connected."""
        if getattr(self._local, "forks", None) == _forks:
            self._local.client.connection.disconnect()

    def _execute_all(self, commands: list[tuple[Any, ...]]) -> list[Any]:
        """Execute commands in one round trip, on the connection of this thread. Return a response or error of each.

        redis-py's pipeline would take a connection out of the pool.
        """
        connection = self._thread_client().connection

        def execute() -> list[Any]:
            connection.send_packed_command(connection.pack_commands(commands))
            return [_response(connection) for _ in commands]

        answers: list[Any] = connection.retry.call_with_retry(execute, lambda error: connection.disconnect())
        return answers

    def announce(self, channels: Collection[str]) -> None:
        """Publish an empty message on each of these channels."""
        _raise_error(self._execute_all(list(map(_announcement, channels))))

    def _thread_client(self) -> Any:
        """Return the client of this thread; a forked process leaves its parent's alone."""
        local = self._local
        if getattr(local, "forks", None) != _forks:
            client: Any = Redis(connection_pool=self.get_client().connection_pool, single_connection_client=True)
            local.forks, local.client, local.closing = _forks, client, CloseOnThreadExit(partial(_close, client))
        return local.client

    def encode(self, value: Any, *, allow_int: bool = False) -> bytes:
        packed: bytes = self._serializer.dumps(value)
        return packed

    def decode(self, value: bytes) -> Any:
        return self._serializer.loads(value)


def _announcement(channel: str) -> tuple[Any, ...]:
    return "PUBLISH", channel, b""


def _raise_error(answers: list[Any]) -> list[Any]:
    """Return these answers. Raises the first that is an error."""
    for answer in answers:
        if isinstance(answer, ResponseError):
            raise answer
    return answers


def _response(connection: Any) -> Any:
    """Return the next response, or the error that it is: those after it must be read, too."""
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


def _close(client: Any) -> None:
    """Disconnect, and only then return the connection to the pool, where another thread may take it."""
    client.connection.disconnect()
    client.close()
