"""Querysets: the order of lists, look-ups by id that refuse, and writes that mark rows in the cache."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.db import models

from dashboard.cache.rows import row_cache
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db.transactions import in_transaction
from dashboard.models.fields import ID_PATTERN

if TYPE_CHECKING:
    from dashboard.models.records import Record

ROWS_PER_CHUNK = 100

M = TypeVar("M", bound=models.Model)
R = TypeVar("R", bound="Record")
Read = Callable[[Callable[[], Any]], Any]  # calls a function that reads


def read_at_once(call: Callable[[], Any]) -> Any:
    """Read from the primary."""
    return call()


def without_orphans(rows: Iterable[M]) -> list[M]:
    """Leave out rows that refer to one which is gone, such as a session of an account that was just deleted.

    `prefetch_related` looks up the others by a query of its own. A row that must refer to one was deleted with it.
    """
    return [row for row in rows if not _is_orphan(row)]


def _is_orphan(row: models.Model) -> bool:
    found = row._state.fields_cache
    return any(other is None and not row._meta.get_field(name).null for name, other in found.items())


class NewestFirstQuerySet(models.QuerySet[M]):
    """Rows in the order of every list: by `created_at`, and by id where that is equal."""

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")

    def older_than(self, row: Any) -> Self:
        """Select the rows that a list shows after this row. The second condition lets an index find the start."""
        older = models.Q(created_at__lt=row.created_at) | models.Q(pk__lt=row.pk)
        return self.filter(older, created_at__lte=row.created_at)

    def in_chunks(self, read: Read = read_at_once) -> Iterator[list[M]]:
        """Yield all rows, at most ROWS_PER_CHUNK at a time, so that memory use and locks stay small.

        `read` is given a function for each chunk, and decides which database it reads from.
        """
        rows: Any = self.newest_first()
        chunk: list[M] = read(lambda: list(rows[:ROWS_PER_CHUNK]))
        while chunk:
            if rows_left := without_orphans(chunk):
                yield rows_left
            if len(chunk) < ROWS_PER_CHUNK:
                return
            last = chunk[-1]
            chunk = read(lambda: list(rows.older_than(last)[:ROWS_PER_CHUNK]))  # noqa: B023  called at once


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
        return refuse_unless_owned(self.get_or_refuse(given), accountid)

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


def refuse_unless_owned(row: R, accountid: str) -> R:
    """Return the row. Raises invalid-account (403) if it is not this account's."""
    if row.account_id != accountid:
        raise DashboardError(ErrorCode.NOT_OWNED)
    return row
