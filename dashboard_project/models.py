"""What every row has in common: an id with a prefix, the APPID it belongs to, its times, and how it is looked up."""

import re
import secrets
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from dashboard_project.errors import DashboardError, Refusal

ID_FORM = re.compile(r"[a-z]{4}_[0-9a-f]{16}")

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


class RecordQuerySet(models.QuerySet[R]):
    """Lookups by id, refused in the words of the contract."""

    def by_id(self, given: str) -> R:
        """The row with this id.

        Raises the model's refusals: `missing` (400) for an empty id, `unknown` (404) for one that names nothing.
        """
        if not given:
            raise DashboardError(self.model.missing)
        try:
            return self.get(pk=given if ID_FORM.fullmatch(given) else "")
        except self.model.DoesNotExist:
            raise DashboardError(self.model.unknown) from None

    def locked(self, given: str) -> R:
        """As `by_id`, and the row stays locked until the transaction ends."""
        return self.select_for_update(of=("self",)).by_id(given)

    def own(self, given: str, accountid: str) -> R:
        """As `by_id`, of this account's rows. Raises invalid-account (403) for another account's."""
        found = self.by_id(given)
        if found.account_id != accountid:
            raise DashboardError(Refusal.ANOTHERS)
        return found


class TenantManager(models.Manager[R]):
    """Sees only the rows of the configured APPID, so that no query can forget to."""

    def get_queryset(self) -> models.QuerySet[R]:
        return super().get_queryset().filter(appid=settings.APPID)


def current_appid() -> str:
    """The APPID that new rows are made under."""
    return settings.APPID


class Record(models.Model):
    """The columns that every row has, and what its absence is called on the wire."""

    missing: ClassVar[Refusal]
    unknown: ClassVar[Refusal]

    account_id: str  # whose it is

    appid = models.CharField(max_length=255, default=current_appid)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True

    def store(self, *fields: str) -> None:
        """Write these fields, and the time."""
        self.updated_at = timezone.now()
        self.save(update_fields=[*fields, "updated_at"])
