"""What every row has in common: an id with a prefix, the APPID it belongs to, its times, and how it is looked up."""

import re
import secrets
from collections.abc import Iterator
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from dashboard.cache import rows as cache
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared

ID_PATTERN = re.compile(r"[a-z]{4}_[0-9a-f]{16}")
ROWS_PER_CHUNK = 1000

M = TypeVar("M", bound=models.Model)
R = TypeVar("R", bound="Record")


class IdField(models.CharField):  # type: ignore[type-arg]
    """A primary key such as acct_8485ad4a95d2eac8: four letters and 16 hex digits from `secrets`."""

    def __init__(self, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        super().__init__(**{**options, "max_length": 21, "primary_key": True})

    def deconstruct(self) -> Any:
        name, path, _, options = super().deconstruct()
        del options["max_length"], options["primary_key"]
        return name, path, (self.prefix,), options

    def get_default(self) -> str:
        return f"{self.prefix}_{secrets.token_hex(8)}"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Spelt out, because for `varchar` Django makes a second index on PostgreSQL, for LIKE, which no id needs."""
        return "character varying(21)"


class NewestFirstQuerySet(models.QuerySet[M]):
    """The order of every list: by `created_at`, and where that is the same by id."""

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def older_than(self, row: Any) -> Self:
        """Those that a list shows after this row. The first condition is what an index can start from."""
        older = models.Q(created_at__lt=row.created_at) | models.Q(pk__lt=row.pk)
        return self.filter(older, created_at__lte=row.created_at)

    def in_chunks(self) -> Iterator[list[M]]:
        """All rows, ROWS_PER_CHUNK at a time, so that memory and locks stay small however many there are."""
        rows = self.newest_first()
        chunk = list(rows[:ROWS_PER_CHUNK])
        while chunk:
            yield chunk
            chunk = list(rows.older_than(chunk[-1])[:ROWS_PER_CHUNK]) if len(chunk) == ROWS_PER_CHUNK else []


class RecordQuerySet(NewestFirstQuerySet[R]):
    """Lookups by id, refused in the words of the contract."""

    def get_or_refuse(self, given: str) -> R:
        """The row with this id.

        Raises the model's refusals: `missing` (400) for an empty id, `unknown` (404) for one that names nothing.
        """
        if not given:
            raise DashboardError(self.model.missing)
        try:
            return self.get(pk=given if ID_PATTERN.fullmatch(given) else "")
        except self.model.DoesNotExist:
            raise DashboardError(self.model.unknown) from None

    def get_or_refuse_own(self, given: str, accountid: str) -> R:
        """As `get_or_refuse`, of this account's rows. Raises invalid-account (403) for another account's."""
        return _owned(self.get_or_refuse(given), accountid)

    def of_account(self, accountid: str) -> Self:
        """Those of this account; all where no id is given, none where it is no id."""
        if not accountid:
            return self
        return self.filter(account=accountid) if ID_PATTERN.fullmatch(accountid) else self.none()


def _owned(row: R, accountid: str) -> R:
    if row.account_id != accountid:
        raise DashboardError(ErrorCode.NOT_OWNED)
    return row


class TenantManager(models.Manager[M]):
    """Sees only the rows of the configured APPID, so that no query can forget to."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(appid=settings.APPID)


class RecordManager(TenantManager[R]):
    """Lookups of one row that make no query of the ORM where they need none: making it costs more than all else."""

    def get_cached(self, given: str, seen: cache.Glance | None = None) -> R:
        """As `get_or_refuse`, from the cache where it has the row, for reading only. `seen` is not asked for again."""
        if not ID_PATTERN.fullmatch(given):
            return self._rows().get_or_refuse(given)
        key = self.model.cache_key(given)
        glance = seen if seen and key in seen.keys else cache.glance(key)
        row = glance.row(self.model, key)
        if row is None:
            row = self._rows().get_or_refuse(given)
            glance.fill(key, row)
        return row

    def get_cached_own(self, given: str, accountid: str, seen: cache.Glance | None = None) -> R:
        """As `own`, from the cache where it has the row: for reading only."""
        return _owned(self.get_cached(given, seen), accountid)

    def get_for_update(self, given: str) -> R:
        """As `get_or_refuse`, from the database, and the row stays locked until the transaction ends."""
        if not given:
            raise DashboardError(self.model.missing)
        row = self.find_for_update(given) if ID_PATTERN.fullmatch(given) else None
        if row is None:
            raise DashboardError(self.model.unknown)
        return row

    def get_for_update_own(self, given: str, accountid: str) -> R:
        """As `locked`, of this account's rows. Raises invalid-account (403) for another account's."""
        return _owned(self.get_for_update(given), accountid)

    def find_for_update(self, pk: str) -> R | None:
        """The row with this id, locked until the transaction ends; None where it is gone."""
        return prepared.select_for_update(self.model, settings.APPID, pk)

    def _rows(self) -> RecordQuerySet[R]:
        return self.get_queryset()  # type: ignore[return-value]


def current_appid() -> str:
    """The APPID that new rows are made under."""
    return settings.APPID


class Record(models.Model):
    """The columns that every row has, and what its absence is called on the wire."""

    missing: ClassVar[ErrorCode]
    unknown: ClassVar[ErrorCode]

    kind: ClassVar[str]  # the first part of its entries' keys in the cache
    never_cached: ClassVar[frozenset[str]] = frozenset()
    account_id: str  # whose it is

    appid = models.CharField(max_length=255, default=current_appid)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @classmethod
    def cache_key(cls, pk: str) -> str:
        return f"{cls.kind}:{settings.APPID}:{pk}"

    @property
    def public_id(self) -> str:
        """What names it on the wire."""
        return str(self.pk)

    def insert(self) -> None:
        """Insert this new row."""
        prepared.execute(self.pending_insert())

    def pending_insert(self) -> prepared.Change:
        """Build the insertion of this new row, for `prepared.execute_together`."""
        return prepared.insert(self)

    def save_fields(self, *names: str) -> None:
        """Write these fields and `updated_at`, and mark the row dirty in the cache."""
        prepared.execute(self.pending_update(*names))

    def pending_update(self, *names: str) -> prepared.Change:
        """Build what `save_fields` executes, for `prepared.execute_together`. Sets `updated_at` at once."""
        self.updated_at = timezone.now()
        return prepared.update(self, *names, "updated_at").and_then(self.mark_dirty)

    def mark_dirty(self) -> None:
        """Mark the row dirty in the cache, now and when the transaction is committed."""
        cache.mark_dirty(self.cache_key(self.pk))
