"""The base of models whose rows can be cached."""

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from dashboard.cache.rows import row_cache
from dashboard.core.errors import ErrorCode
from dashboard.db import prepared
from dashboard.db.transactions import in_transaction


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
    def lookup_keys(cls, pk: str) -> tuple[str, ...]:
        """Return the keys of what the cache has of a row, and of others without which it tells too little."""
        return (cls.cache_key(pk),)

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

    def pending_update(self, *names: str, dirty: Iterable[str] = ()) -> prepared.Change:
        """Build what `save_fields` executes, for `prepared.execute_together`. Set `updated_at` at once.

        `dirty` are the keys of other rows that change with this one, to be marked together.
        """
        keys = list(dirty)
        if not names or self.is_cached(names):
            self.updated_at = timezone.now()
            names = (*names, "updated_at")
            keys.append(self.cache_key(self.pk))
        change = prepared.update(self, *names)
        return change.and_then(partial(row_cache.mark_dirty, *keys)) if keys else change

    def mark_dirty(self) -> None:
        """Mark the row dirty in the cache, now and when the transaction is committed."""
        row_cache.mark_dirty(self.cache_key(self.pk))
