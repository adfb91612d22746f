"""Redis, Sentinel, and a node of a Cluster."""

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import AuthenticationError, RedisError

from throwaway.programs import AS_POSTGRES, Daemon, folder, free_port, program, running, wait_until


@dataclass
class RedisServer:
    """A Redis that can be killed, paused and started again on the same port."""

    daemon: Daemon
    place: Path
    client: "Redis"

    @property
    def port(self) -> int:
        return self.daemon.port

    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.daemon.start()
        wait_until(self.is_up, "Redis does not answer")

    def is_up(self) -> bool:
        try:
            return bool(self.client.ping())
        except AuthenticationError:  # it wants a password
            return True
        except RedisError:
            return False

    def kill(self) -> None:
        """End the server as a crash would: nothing is saved."""
        self.daemon.kill()

    def pause(self) -> None:
        self.daemon.signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.daemon.signal(signal.SIGCONT)

    def forget_snapshot(self) -> None:
        """Delete the snapshot that the server would load when it starts again."""
        (self.place / "dump.rdb").unlink(missing_ok=True)

    def entries(self, keys: list[str]) -> list[Any]:
        """Return the values of these keys, None for those that are missing."""
        found: Any = self.client.mget(keys)
        return list(found)


@contextmanager
def redis_server(*options: str, port: int | None = None) -> Iterator[RedisServer]:
    """Run a Redis server that saves nothing by itself, with these options."""
    executable = program("redis-server")
    with folder() as place:
        port = port or free_port()
        command = [executable, "--port", str(port), "--bind", "127.0.0.1", "--save", "", *options, "--dir", str(place)]
        with running(Daemon(command, port, place / "log")) as daemon, Redis(port=port, socket_timeout=60) as client:
            server = RedisServer(daemon, place, client)
            wait_until(server.is_up, "Redis does not answer")
            yield server


@contextmanager
def redis(*options: str) -> Iterator[int]:
    """Run a Redis server that keeps nothing, with these options. Yield its port."""
    with redis_server(*options) as server:
        yield server.port


@contextmanager
def sentinel(primary: int) -> Iterator[int]:
    """Run a Sentinel that monitors this Redis as `dashboard`, and promotes its replica soon after it fails."""
    with folder() as place:
        port = free_port()
        (place / "sentinel.conf").write_text(
            f"port {port}\nbind 127.0.0.1\ndir {place}\nsentinel monitor dashboard 127.0.0.1 {primary} 1\n"
            "sentinel down-after-milliseconds dashboard 500\nsentinel failover-timeout dashboard 2000\n"
        )
        if AS_POSTGRES:
            shutil.chown(place / "sentinel.conf", "postgres")
        command = [program("redis-server"), str(place / "sentinel.conf"), "--sentinel"]
        with running(Daemon(command, port, place / "log")):
            yield port
