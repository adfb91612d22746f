"""Look-ups on an event loop: those that wait at the same time share a round trip."""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import models

from dashboard.cache.epochs import Lease
from dashboard.cache.redis.connections import loop_client
from dashboard.cache.redis.failures import FAILURES
from dashboard.cache.redis.identity import connect_async
from dashboard.cache.rows import RowCache, Snapshot
from dashboard.cache.seals import unseal
from dashboard.db.instances import Row

logger = logging.getLogger(__name__)

MAX_KNOWN = 4096  # entries, of about 2 KB with their rows


@dataclass(slots=True)
class Known:
    """What the cache last had under a key: the bytes, and the row that was read from them."""

    packed: bytes
    read: tuple[int, float, Any] | None = None


Entries = dict[str, Known]


@dataclass(frozen=True)
class BatchSnapshot(Snapshot):
    """A snapshot that reads an entry once for as long as its bytes do not change. Its rows are for reading only.

    Its entries are as Redis has them, and decoded when they are read. Nothing can be added by it.
    """

    entries: Entries

    def _read(self, model: type[Row], key: str) -> tuple[int, float, Row] | None:
        known = self.entries.get(key)
        if known is None:
            return None
        if known.read is None:
            known.read = super()._read(model, key)
        return known.read

    def _unseal(self, key: str) -> list[Any] | None:
        client: Any = self.cache.store.client  # type: ignore[attr-defined]  # of django-redis
        return unseal(key, client.decode(self.entries[key].packed)) if key in self.entries else None

    def populate(self, rows: Mapping[str, models.Model]) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Question:
    """The keys that one request wants, and the future of their entries: None if the cache cannot be relied on."""

    keys: tuple[str, ...]
    answer: asyncio.Future[tuple[Entries, int] | None]


class BatchedLookups:
    """Look up rows for the requests of one event loop, in one MGET at a time.

    The keys of a request are sent after the request has arrived. The answer to an earlier question could be from before
    the end of a session, although the client has already been told of that end. So a request never joins a batch that
    has been sent.
    """

    def __init__(self, rows: RowCache) -> None:
        self.rows = rows
        self._questions: list[Question] = []
        self._asking: asyncio.Task[None] | None = None
        self._client: Any = None
        self._known: Entries = {}
        self._agreed: tuple[Any, ...] | None = None  # a lease, and a server's answer that agreed with it

    async def fetch(self, *keys: str) -> Snapshot | None:
        """Look up these keys. None if the cache fails or has just failed, or if its entries must not be used."""
        noted, noted_at = time.monotonic(), time.time()
        question = Question(keys, asyncio.get_running_loop().create_future())
        self._questions.append(question)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_all())
        found = await question.answer
        return None if found is None else BatchSnapshot(self.rows, keys, noted, noted_at, *found)

    async def close(self) -> None:
        if self._client:
            await self._client.aclose()

    async def _ask_all(self) -> None:
        """Ask until nobody waits."""
        while self._questions:
            batch, self._questions = self._questions, []
            keys = list(dict.fromkeys(key for question in batch for key in question.keys))
            found: tuple[Entries, int] | None = None
            try:
                found = await self._entries(keys)
            except Exception:  # whatever it is, those who wait are answered, and the next are asked for
                logger.exception("Looking up rows in the cache failed.")
            for question in batch:
                if not question.answer.done():  # cancelled, when the server stops
                    question.answer.set_result(found and (_part(found[0], question.keys), found[1]))
        self._asking = None

    async def _entries(self, keys: list[str]) -> tuple[Entries, int] | None:
        """Return the entries of these keys, and the current epoch; or None as `fetch`."""
        epochs = self.rows.epochs
        lease = epochs.lease() if self.rows.is_reliable else None
        if lease is None:
            return None
        client: Any = self.rows.store.client  # type: ignore[attr-defined]  # of django-redis
        epoch_key = epochs.key
        asked = [*keys, epoch_key] if epoch_key else keys
        connected = self._connected()
        try:
            values = await connected.mget([client.make_key(key) for key in asked])
        except FAILURES as error:
            self.rows.note_failure(error)
            return None
        if epoch_key and not await self._agrees(lease, values.pop()):
            return None
        found = zip(keys, values, strict=True)
        return {key: self._as_known(key, value) for key, value in found if value is not None}, lease.epoch

    async def _agrees(self, lease: Lease, stored: bytes | None) -> bool:
        """Whether the server that has just answered has the entries of this lease, judged by the epoch that it has.

        Most answers are the same as the last one that agreed.
        """
        connection = self._client.connection
        answered = lease.epoch, lease.store, stored, connection.store
        if answered == self._agreed:
            return True
        if connection.store != lease.store:
            await connection.disconnect()
        client: Any = self.rows.store.client  # type: ignore[attr-defined]  # of django-redis
        if not self.rows.epochs.agrees(lease, client.decode(stored or b""), answered[-1]):
            return False
        self._agreed = answered
        return True

    def _as_known(self, key: str, packed: bytes) -> Known:
        """Return what is known of these bytes: the same object for as long as they are the same."""
        known = self._known.get(key)
        if known is None or known.packed != packed:
            if len(self._known) >= MAX_KNOWN:
                self._known.clear()
            known = self._known[key] = Known(packed)
        return known

    def _connected(self) -> Any:
        if self._client is None:
            self._client = loop_client(settings.CACHES[self.rows.alias], redis_connect_func=connect_async)
        return self._client


def _part(entries: Entries, keys: tuple[str, ...]) -> Entries:
    return {key: entries[key] for key in keys if key in entries}
