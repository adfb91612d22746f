"""Requests that wait for something to happen (long polls): on the event loop, without a thread and a transaction."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, Protocol

from django.conf import settings

from dashboard.cache.redis.connections import loop_client

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.25  # between two looks at the database
ANNOUNCED_LOOK_SECONDS = 1.0  # where Redis announces it: a process may be killed before it does
RECONNECT_SECONDS = 1.0
IDLE_SECONDS = 60.0  # without a waiting request, after which looking stops
PING_SECONDS = 10
HEAR_SECONDS = 1.0  # between two looks at whether to go on listening

InThread = Callable[..., Awaitable[Any]]


class Watch(Protocol):
    """What requests wait for."""

    def channel(self) -> str:
        """Return the channel of Redis on which it is announced."""

    def look(self, seen: Any) -> tuple[Any, bool]:
        """Look at the database, in a thread. `seen` is what the last look has returned, None at first.

        Return what is seen now, and whether something has happened in between.
        """


class Signal:
    """Tells those who wait in this process that something has happened.

    One look at a time is made for all of them, and only while somebody waits. `version` rises with every event: a
    caller that notes it, reads, and then waits for a higher one misses nothing.
    """

    def __init__(self, watch: Watch, in_thread: InThread) -> None:
        self.watch, self.in_thread = watch, in_thread
        self.version = 0
        self.is_stopped = False
        self._is_announced = self._is_looking = False
        self.waiting: set[asyncio.Future[None]] = set()
        self.tasks: list[asyncio.Task[None]] = []

    async def wait(self, version: int, seconds: float, unless: asyncio.Future[Any]) -> None:
        """Wait until the version is higher than this one, the time is over, the other future is done, or `stop`."""
        if self.is_stopped or self.version > version or unless.done():
            return
        self._start()
        happened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.add(happened)
        try:
            await asyncio.wait({happened, unless}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.waiting.discard(happened)

    def notify(self) -> None:
        """Say that something has happened, or may have."""
        self.version += 1
        for happened in self.waiting:
            if not happened.done():
                happened.set_result(None)

    def stop(self) -> None:
        """End every wait, and wait for nothing from now on."""
        self.is_stopped, self._is_looking = True, False
        self.notify()
        for task in self.tasks:
            task.cancel()

    def _start(self) -> None:
        if self._is_looking:
            return
        self._is_looking = True
        self.tasks = [it for it in self.tasks if not it.done()]  # a listener may still be about to end
        self.tasks.append(asyncio.create_task(self._look()))
        if settings.REDIS_URL and len(self.tasks) == 1:
            self.tasks.append(asyncio.create_task(self._listen()))

    async def _look(self) -> None:
        """Look until nobody has waited for IDLE_SECONDS."""
        seen, idle_since, loop = None, 0.0, asyncio.get_running_loop()
        while self.waiting or not idle_since or loop.time() - idle_since < IDLE_SECONDS:
            try:
                is_first = seen is None
                seen, has_happened = await self.in_thread(self.watch.look, seen)
                if has_happened or is_first:  # nobody has looked at what happened before the first look
                    self.notify()
            except Exception as error:  # waiting requests time out, and the next request reads for itself
                logger.warning("The database could not be asked for what waits. %s", error)
            idle_since = 0.0 if self.waiting else idle_since or loop.time()
            await asyncio.sleep(ANNOUNCED_LOOK_SECONDS if self._is_announced else LOOK_SECONDS)
        self._is_looking = False  # without an await after the condition: who arrives in between would start nothing

    async def _listen(self) -> None:
        """Listen to what Redis announces for as long as somebody looks. Connect again when the connection is lost."""
        while self._is_looking:
            try:
                client = loop_client(settings.CACHES["default"], health_check_interval=PING_SECONDS)
                async with aclosing(client):
                    await self._hear(client)
            except Exception as error:  # whatever it is, announcements are heard again when it has passed
                logger.warning("Redis announces nothing; the database is asked instead. %s", error)
            finally:
                self._is_announced = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _hear(self, client: Any) -> None:
        """Listen on a connection that the subscription takes out of this client's pool."""
        async with client.pubsub() as subscription:
            await subscription.subscribe(self.watch.channel())
            while self._is_looking:
                message = await subscription.get_message(timeout=HEAR_SECONDS)
                if message is not None:  # the first says that listening has begun: what happened before may be unknown
                    self._is_announced = True
                    self.notify()
