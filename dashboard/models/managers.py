"""Managers: only the rows of this APPID, and look-ups of one row that compile no query."""

from typing import TYPE_CHECKING, TypeVar

from django.conf import settings
from django.db import models

from dashboard.cache.rows import Snapshot, row_cache
from dashboard.core.errors import DashboardError
from dashboard.db import prepared
from dashboard.models.fields import ID_PATTERN
from dashboard.models.querysets import refuse_unless_owned

if TYPE_CHECKING:
    from dashboard.models.records import Record

M = TypeVar("M", bound=models.Model)
R = TypeVar("R", bound="Record")


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
            return self.get_or_refuse(given)
        key = self.model.cache_key(given)
        snapshot = seen if seen and key in seen.keys else row_cache.fetch(key)
        row = snapshot.row(self.model, key)
        if row is None:
            row = self.get_or_refuse(given)
            snapshot.populate({key: row})
        return row

    def get_cached_own(self, given: str, accountid: str, seen: Snapshot | None = None) -> R:
        """Do what `get_cached` does, for a row of this account. Raises invalid-account (403) for another's."""
        return refuse_unless_owned(self.get_cached(given, seen), accountid)

    def get_or_refuse(self, given: str) -> R:
        """Do what `RecordQuerySet.get_or_refuse` does."""
        return self.get_with(given)

    def get_or_refuse_own(self, given: str, accountid: str) -> R:
        """Do what `RecordQuerySet.get_or_refuse_own` does."""
        return refuse_unless_owned(self.get_with(given), accountid)

    def get_with(self, given: str, related: str = "") -> R:
        """Return the row with this id, with the row of a `related` foreign key as `find`. Raises as `get_or_refuse`."""
        if not given:
            raise DashboardError(self.model.missing)
        row = self.find(given, related) if ID_PATTERN.fullmatch(given) else None
        if row is None:
            raise DashboardError(self.model.unknown)
        return row

    def find(self, pk: str, related: str = "") -> R | None:
        """Return the row with this id, or None. `related` is a foreign key, never null, whose row is read as well."""
        if self._db or hasattr(self, "instance"):  # another database, or only the rows of one account
            rows = self.filter(pk=pk)
            return (rows.select_related(related) if related else rows).first()
        return prepared.select(self.model, settings.APPID, pk, related)

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
        return refuse_unless_owned(self.get_for_update(given), accountid)

    def find_for_update(self, pk: str) -> R | None:
        """Return the row with this id, locked until the transaction ends, or None if it does not exist."""
        return prepared.select_for_update(self.model, settings.APPID, pk)

    def find_for_share(self, pk: str) -> R | None:
        """Return the row with this id, which nobody can change until the transaction ends, or None."""
        return prepared.select_for_share(self.model, settings.APPID, pk)

    def find_for_share_and_update(self, shared_pk: str, pk: str) -> tuple[R | None, R | None]:
        """Do both at once. The second row is None also where others have locked it, and without prepared statements.

        So nobody waits for the second row while holding the first. If it is None, use `find_for_update`.
        """
        if not ID_PATTERN.fullmatch(pk):
            return self.find_for_share(shared_pk), None
        return prepared.select_for_share_and_update(self.model, settings.APPID, shared_pk, pk)
