"""The epoch of the cache in the database: reading it, and adding to it."""

import os
import secrets
import threading
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models.functions import Coalesce, Now

KEPT = timedelta(days=1)  # a writer that has added nothing for so long is folded into another's row
FOLDED = "folded"


@dataclass(frozen=True)
class EpochState:
    """What the database says: the epoch, the Redis server of its entries, and whether entries are suspended.

    `store` is empty until a process has claimed a server. See `Lease` for what becomes of it.
    """

    epoch: int
    store: str
    suspended: bool


class EpochTable:
    """The rows of CacheEpoch, for this process and each of its threads."""

    def __init__(self) -> None:
        self._names = threading.local()
        self._process: tuple[int, str] | None = None

    @cached_property
    def rows(self) -> Any:
        return apps.get_model("dashboard", "CacheEpoch").objects

    def read(self) -> EpochState:
        """Return what the database says now, in one query."""
        suspended = models.Count("pk", filter=models.Q(suspended_until__gt=Now()))
        told = self.rows.aggregate(
            epoch=Coalesce(models.Sum("number"), 0),
            store=Coalesce(models.Max("store"), models.Value("")),
            count=suspended,
        )
        return EpochState(int(told["epoch"]), told["store"], bool(told["count"]))

    def bump(self) -> None:
        """Begin a new epoch: with the transaction of this thread, or at once where there is none."""
        self._add(self._thread_name())

    def claim(self, store: str) -> None:
        """Make this server the one whose entries are used, which begins a new epoch."""
        with transaction.atomic():
            store_row = self.rows.model.STORE
            self.rows.bulk_create([self.rows.model(writer=store_row)], ignore_conflicts=True)
            row = self.rows.filter(pk=store_row).exclude(store=store)
            row.update(store=store, number=_raised(_amount()), changed_at=Now())
        self._fold()

    def suspend(self, seconds: float) -> None:
        """Ask all processes not to use entries for so many seconds from now, and begin a new epoch."""
        self._add(self._process_name(), suspended_until=Now() + timedelta(seconds=seconds))

    def resume(self) -> None:
        """End the suspension by this process."""
        self._add(self._process_name(), suspended_until=None)

    def _add(self, writer: str, **changes: Any) -> None:
        changes |= {"number": _raised(_amount()), "changed_at": Now()}
        if not self.rows.filter(pk=writer).update(**changes):
            self.rows.bulk_create([self.rows.model(writer=writer)], ignore_conflicts=True)
            self.rows.filter(pk=writer).update(**changes)

    def _fold(self) -> None:
        """Merge the rows of inactive writers into one, so that the table stays small and the sum the same."""
        with transaction.atomic():
            old = self.rows.filter(changed_at__lt=Now() - KEPT, suspended_until=None)
            old = old.exclude(pk__in=[self.rows.model.STORE, FOLDED]).select_for_update(skip_locked=True)
            writers = dict(old.values_list("pk", "number"))
            if not writers:
                return
            self.rows.bulk_create([self.rows.model(writer=FOLDED)], ignore_conflicts=True)
            self.rows.filter(pk=FOLDED).update(number=_raised(sum(writers.values())))
            self.rows.filter(pk__in=writers).delete()

    def _process_name(self) -> str:
        if self._process is None or self._process[0] != os.getpid():  # not that of a parent, after a fork
            self._process = os.getpid(), secrets.token_hex(8)
        return self._process[1]

    def _thread_name(self) -> str:
        name = getattr(self._names, "name", None)
        if name is None or self._names.process != self._process_name():
            self._names.process = self._process_name()
            self._names.name = name = f"{self._names.process}-{secrets.token_hex(8)}"
        return name


def _raised(amount: int) -> Any:
    """Return the sum of a row's number and this amount, which without its type would be cut to 32 bits."""
    return models.F("number") + models.Value(amount, output_field=models.BigIntegerField())


def _amount() -> int:
    """Return by how much to raise the epoch: at random, so that a restored database does not repeat an epoch."""
    return 1 + secrets.randbelow(2**31)
