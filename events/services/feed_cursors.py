"""Cursors of the feed: which events a reader has had, whatever order their transactions were committed in.

On PostgreSQL, a cursor has a snapshot (`pg_current_snapshot()`): the events whose transactions it sees have been read,
and no others. docs/decisions/0017-feed.md says why a number would not do.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, replace
from typing import Any, Self

import msgpack
from django.db.models import Q

from dashboard.core.errors import DashboardError, ErrorCode

FORMAT = 1
LARGEST = 2**63 - 1
MAX_LENGTH = 20_000  # characters of a cursor; PostgreSQL runs some hundred transactions at a time, of 3 bytes each


class MalformedCursorError(ValueError):
    """Raised for text that is not a cursor."""


@dataclass(frozen=True)
class Snapshot:
    """Which transactions are over: those below `end`, except the `running` ones."""

    end: int
    running: tuple[int, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what PostgreSQL writes: `xmin:xmax:running,running`."""
        _, end, running = text.split(":")
        return cls(int(end), tuple(map(int, running.split(","))) if running else ())

    def sees(self, transaction: int) -> bool:
        return transaction < self.end and transaction not in self.running

    @property
    def oldest(self) -> int:
        """The oldest transaction that was not over."""
        return min(self.running, default=self.end)

    def packed(self) -> list[int]:
        return [self.end, *(self.end - it for it in self.running)]

    @classmethod
    def of(cls, packed: Any) -> Self | None:
        """Return what was packed. Raises MalformedCursorError."""
        if packed is None:
            return None
        end, *distances = _numbers(packed)
        return cls(end, tuple(end - distance for distance in distances))


@dataclass(frozen=True)
class Cursor:
    """What a reader has read: the events that `base` sees, and those up to `last` that only `target` sees.

    Without a target, it is all that `base` sees; without a base, only events with ids up to `last`. SQLite, where
    writers wait for one another, has only `last`. `history` is that of the database: see `FeedState`.
    """

    history: str = ""
    base: Snapshot | None = None
    target: Snapshot | None = None
    last: int = 0

    def encode(self) -> str:
        snapshots = [it and it.packed() for it in (self.base, self.target)]
        packed: bytes = msgpack.packb([FORMAT, self.history, *snapshots, self.last])
        return urlsafe_b64encode(packed).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> Self:
        """Raises MalformedCursorError for anything that `encode` does not return."""
        try:
            given, history, base, target, last = msgpack.unpackb(_decoded(text), strict_map_key=True)
            cursor = cls(history, Snapshot.of(base), Snapshot.of(target), *_numbers([last]))
        except (ValueError, TypeError, binascii.Error, msgpack.UnpackException) as error:
            raise MalformedCursorError from error
        if given != FORMAT or not isinstance(history, str) or cursor.encode() != text:
            raise MalformedCursorError
        return cursor

    @classmethod
    def read(cls, text: str) -> Self:
        """Decode what a reader sends. Raises invalid-cursor (400)."""
        try:
            return cls.decode(text)
        except MalformedCursorError:
            raise DashboardError(ErrorCode.CURSOR_INVALID) from None

    def towards(self, target: Snapshot) -> Self:
        """Begin a batch: the events that this snapshot sees and the base does not."""
        return replace(self, target=target)

    def through(self, last: int) -> Self:
        """Continue within the batch, after the event with this id."""
        return replace(self, last=last)

    def finished(self) -> Self:
        """End the batch: all that its target sees is read."""
        return replace(self, base=self.target, target=None, last=0)

    def undelivered(self, foreign_through: int = 0) -> Q:
        """Select the events that have not been read, up to the target if there is one."""
        selected = Q(pk__gt=self.last)
        if self.base:
            later = Q(transaction_id__gte=self.base.end)
            if self.base.running:
                later |= Q(transaction_id__in=self.base.running)
            selected &= later & Q(pk__gt=foreign_through)
        if self.target:
            seen = Q(transaction_id__lt=self.target.end) & ~Q(transaction_id__in=self.target.running)
            selected &= seen if self.base else seen | Q(transaction_id=None) | Q(pk__lte=foreign_through)
        return selected


def _decoded(text: str) -> bytes:
    if len(text) > MAX_LENGTH:
        raise MalformedCursorError
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _numbers(packed: Any) -> list[int]:
    """Return a list of numbers that a column can have. Raises MalformedCursorError for anything else."""
    if not isinstance(packed, list) or not packed:
        raise MalformedCursorError
    if not all(type(it) is int and 0 <= it <= LARGEST for it in packed):
        raise MalformedCursorError
    return packed
