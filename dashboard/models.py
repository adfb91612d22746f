"""The base of all models: ids with a prefix, the APPID, times, look-ups, and how rows are written.

Every way to write a `Record` marks it dirty in the cache, which docs/revocation.md relies on: `save_fields`, `save`,
`delete`, and those of `RecordQuerySet`. Only `RecordQuerySet.unmarked` does not, and what passes by the model: SQL,
`_base_manager`, and the `add()` and `set()` of related managers, which use it.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from dashboard.cache.rows import Snapshot, row_cache
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from dashboard.db.transactions import in_transaction

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
        """Avoid `varchar`, for which Django creates a second index on PostgreSQL, for LIKE. No id needs it."""
        return "character varying(21)"


class NewestFirstQuerySet(models.QuerySet[M]):
    """Rows in the order of every list: by `created_at`, and by id where that is equal."""

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def older_than(self, row: Any) -> Self:
        """Select the rows that a list shows after this row. The second condition lets an index find the start."""
        older = models.Q(created_at__lt=row.created_at) | models.Q(pk__lt=row.pk)
        return self.filter(older, created_at__lte=row.created_at)

    def in_chunks(self) -> Iterator[list[M]]:
        """Yield all rows, ROWS_PER_CHUNK at a time, so that memory use and locks stay small."""
        rows = self.newest_first()
        chunk = list(rows[:ROWS_PER_CHUNK])
        while chunk:
            yield chunk
            chunk = list(rows.older_than(chunk[-1])[:ROWS_PER_CHUNK]) if len(chunk) == ROWS_PER_CHUNK else []


class RecordQuerySet(NewestFirstQuerySet[R]):
    """Look-ups by id that refuse with the contract's error codes, and writes that mark the rows in the cache."""

    _marks_rows = True

    def get_or_refuse(self, given: str) -> R:
        """Return the row with this id.

        Raises the model's error codes: `missing` (400) for an empty id, `unknown` (404) where no row has it.
        """
        if not given:
            raise DashboardError(self.model.missing)
        try:
            return self.get(pk=given if ID_PATTERN.fullmatch(given) else "")
        except self.model.DoesNotExist:
            raise DashboardError(self.model.unknown) from None

    def get_or_refuse_own(self, given: str, accountid: str) -> R:
        """Return the row with this id if it is this account's.

        Raises as `get_or_refuse`, and invalid-account (403) for a row of another account.
        """
        return _owned(self.get_or_refuse(given), accountid)

    def of_account(self, accountid: str) -> Self:
        """Select the rows of an account: all rows for an empty id, none for a malformed one."""
        if not accountid:
            return self
        return self.filter(account=accountid) if ID_PATTERN.fullmatch(accountid) else self.none()

    def unmarked(self) -> Self:
        """Write these rows without marks in the cache, where docs/revocation.md exempts it or the caller makes them."""
        rows: Self = self._chain()  # type: ignore[attr-defined]
        rows._marks_rows = False
        return rows

    def update(self, **changes: Any) -> int:
        """Update the rows and mark them in the cache. A query finds their ids first, unless no field is ever cached."""
        if not self._marks_rows or not self.model.is_cached(changes):
            return super().update(**changes)
        with in_transaction():
            pks = self._lock_pks(no_key=True)
            self._mark(pks)
            return self.filter(pk__in=pks).unmarked().update(**changes)

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete the rows and what depends on them, and mark all of it in the cache. A query finds their ids first."""
        with in_transaction():
            return self.delete_by_pk(self._lock_pks()) if self._marks_rows else super().delete()

    delete.queryset_only = True  # type: ignore[attr-defined]

    @in_transaction()
    def delete_by_pk(self, pks: Sequence[str]) -> tuple[int, dict[str, int]]:
        """Do what `delete` does to those of the rows that have these ids, which the caller has locked."""
        if keys := self.model.keys_with_dependents(pks):
            row_cache.mark_dirty(*keys)
        return self.filter(pk__in=pks).unmarked().delete()

    @in_transaction()
    def bulk_update(self, objs: Iterable[R], fields: Iterable[str], batch_size: int | None = None) -> int:
        """Do what Django's does, and mark the rows in the cache unless no field is ever cached."""
        rows, names = list(objs), list(fields)
        if self._marks_rows and self.model.is_cached(names):
            self._mark([row.pk for row in rows])
        return super(RecordQuerySet, self.unmarked()).bulk_update(rows, names, batch_size)

    @in_transaction()
    def bulk_create(self, objs: Iterable[R], *args: Any, **options: Any) -> list[R]:
        """Do what Django's does, and mark rows in the cache that it may update.

        Raises NotImplementedError for conflicts on other columns than the primary key: whose row changes is not known.
        """
        rows = list(objs)
        if self._marks_rows and options.get("update_conflicts"):
            if {*(options.get("unique_fields") or ())} - {"pk", self.model._meta.pk.name}:
                raise NotImplementedError("Rows are marked in the cache only for conflicts on the primary key.")
            self._mark([row.pk for row in rows])
        return super().bulk_create(rows, *args, **options)

    def _lock_pks(self, **options: Any) -> list[str]:
        rows = self.order_by()
        if rows.query.group_by or rows.query.distinct:  # which PostgreSQL cannot lock
            rows = RecordQuerySet(self.model, using=self.db).filter(pk__in=rows.values("pk"))
        return list(rows.select_for_update(of=("self",), **options).values_list("pk", flat=True))

    def _mark(self, pks: Sequence[str]) -> None:
        if pks:
            row_cache.mark_dirty(*map(self.model.cache_key, pks))

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._marks_rows = self._marks_rows
        return clone


def _owned(row: R, accountid: str) -> R:
    if row.account_id != accountid:
        raise DashboardError(ErrorCode.NOT_OWNED)
    return row


class TenantManager(models.Manager[M]):
    """See only the rows of the configured APPID, so that no query can forget the condition."""

    def get_queryset(self) -> models.QuerySet[M]:
        return super().get_queryset().filter(appid=settings.APPID)


class RecordManager(TenantManager[R]):
    """Look up one row without compiling a query, which would take longer than the rest."""

    def get_cached(self, given: str, seen: Snapshot | None = None) -> R:
        """Return the row with this id, from the cache where it is there, for reading only.

        `seen` is what a look at the cache has found before; its keys are not looked up again. Raises as
        `RecordQuerySet.get_or_refuse`.
        """
        if not ID_PATTERN.fullmatch(given):
            return self._rows().get_or_refuse(given)
        key = self.model.cache_key(given)
        snapshot = seen if seen and key in seen.keys else row_cache.fetch(key)
        row = snapshot.row(self.model, key)
        if row is None:
            row = self._rows().get_or_refuse(given)
            snapshot.populate(key, row)
        return row

    def get_cached_own(self, given: str, accountid: str, seen: Snapshot | None = None) -> R:
        """Do what `get_cached` does, for a row of this account. Raises invalid-account (403) for another's."""
        return _owned(self.get_cached(given, seen), accountid)

    def get_for_update(self, given: str) -> R:
        """Return the row with this id from the database, locked until the transaction ends.

        Raises as `RecordQuerySet.get_or_refuse`; TransactionManagementError outside a transaction.
        """
        if not given:
            raise DashboardError(self.model.missing)
        row = self.find_for_update(given) if ID_PATTERN.fullmatch(given) else None
        if row is None:
            raise DashboardError(self.model.unknown)
        return row

    def get_for_update_own(self, given: str, accountid: str) -> R:
        """Do what `get_for_update` does, for a row of this account. Raises invalid-account (403) for another's."""
        return _owned(self.get_for_update(given), accountid)

    def find_for_update(self, pk: str) -> R | None:
        """Return the row with this id, locked until the transaction ends, or None if it does not exist."""
        return prepared.select_for_update(self.model, settings.APPID, pk)

    def _rows(self) -> RecordQuerySet[R]:
        return self.get_queryset()  # type: ignore[return-value]


def current_appid() -> str:
    """Return the APPID of new rows. Migrations name this function."""
    return settings.APPID


class Record(models.Model):
    """A row that can be cached: its common columns, its error codes, and how it is written."""

    missing: ClassVar[ErrorCode]
    unknown: ClassVar[ErrorCode]

    kind: ClassVar[str]  # the first part of its keys in the cache
    never_cached: ClassVar[frozenset[str]] = frozenset()  # columns that its entry in the cache does not have
    account_id: str

    appid = models.CharField(max_length=255, default=current_appid)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    @in_transaction()
    def save(self, **options: Any) -> None:
        """Do what Django's does, and mark the row dirty in the cache unless it is inserted, or no field is cached."""
        names = options.get("update_fields")
        super().save(**options)
        if not options.get("force_insert") and (names is None or self.is_cached(names)):
            self.mark_dirty()

    @in_transaction()
    def delete(self, *args: Any, **options: Any) -> tuple[int, dict[str, int]]:
        """Delete the row and what depends on it, and mark all of it dirty in the cache.

        Lock the row first (`get_for_update`), so that nothing that depends on it is added meanwhile.
        """
        row_cache.mark_dirty(*self.keys_with_dependents([self.pk]))
        return super().delete(*args, **options)

    @classmethod
    def cache_key(cls, pk: str) -> str:
        return f"{cls.kind}:{settings.APPID}:{pk}"

    @classmethod
    def keys_with_dependents(cls, pks: Sequence[str]) -> list[str]:
        """Return the cache keys of these rows, and of those that the database deletes with them."""
        keys = [cls.cache_key(pk) for pk in pks]
        for relation in cls._meta.related_objects:
            model: Any = relation.related_model
            if relation.on_delete is models.CASCADE and issubclass(model, Record):
                dependents = model._default_manager.filter(**{f"{relation.field.name}__in": pks})
                keys += model.keys_with_dependents(list(dependents.values_list("pk", flat=True)))
        return keys

    @classmethod
    def is_cached(cls, names: Iterable[str]) -> bool:
        """Return whether the row's entry in the cache has one of these fields."""
        return not cls.never_cached.issuperset(names)

    @property
    def public_id(self) -> str:
        """Return the id on the wire."""
        return str(self.pk)

    def pending_insert(self) -> prepared.Change:
        """Build the insertion of this new row, for `prepared.execute_together`."""
        return prepared.insert(self)

    @in_transaction()
    def save_fields(self, *names: str) -> None:
        """Write these fields and `updated_at`, and mark the row dirty in the cache.

        Where none of the fields is ever cached, such as a count of failed sign-ins, write them alone.
        """
        prepared.execute(self.pending_update(*names))

    def pending_update(self, *names: str) -> prepared.Change:
        """Build what `save_fields` executes, for `prepared.execute_together`. Set `updated_at` at once."""
        if names and not self.is_cached(names):
            return prepared.update(self, *names)
        self.updated_at = timezone.now()
        return prepared.update(self, *names, "updated_at").and_then(self.mark_dirty)

    def mark_dirty(self) -> None:
        """Mark the row dirty in the cache, now and when the transaction is committed."""
        row_cache.mark_dirty(self.cache_key(self.pk))
