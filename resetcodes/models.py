"""Reset codes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.db import prepared
from dashboard.models import IdField, Record, RecordManager, RecordQuerySet
from service_credentials.models import ServiceCredential


def reset_code_lifetime() -> timedelta:
    """Return how long a new code works; zero: until it is used."""
    return timedelta(seconds=settings.RESET_CODE_LIFETIME)


class ResetCodeQuerySet(RecordQuerySet["ResetCode"]):
    def usable(self, now: datetime) -> Self:
        """Select the codes that have not expired, and for which not too many wrong codes were tried.

        Those of a service whose credential was revoked are not among them, from that moment on.
        """
        working = self.exclude(self._expired(now)).exclude(attempts_left__lt=0)
        return working.filter(created_by_credential__revoked_at=None)

    def expired(self, now: datetime) -> Self:
        """Select the codes for which `ResetCode.is_expired` is true."""
        return self.filter(self._expired(now))

    def _expired(self, now: datetime) -> models.Q:
        expired = models.Q(expires_at__isnull=False, expires_at__lte=now)
        if settings.RESET_CODE_LIFETIME:
            expired |= models.Q(expires_at__isnull=True, created_at__lte=now - reset_code_lifetime())
        return expired


class ResetCodeManager(RecordManager["ResetCode"]):
    def pending_deletion(self, accountid: str, codeids: Sequence[str]) -> tuple[prepared.BulkChange, list[str]]:
        """Build what deletes locked codes of an account, for `prepared.execute_together`.

        There is a statement for each number of codes, so let there be few. Return the keys of rows to be marked, too.
        """
        values = {f"codeid{number}": codeid for number, codeid in enumerate(codeids)}
        change = prepared.delete_all(_of_account, accountid=accountid, **values)
        return change, list(map(ResetCode.cache_key, codeids))


def _of_account(accountid: str, **codeids: str) -> models.QuerySet["ResetCode"]:
    return ResetCode._base_manager.filter(account=accountid, pk__in=list(codeids.values()))


class ResetCode(Record):
    """A code that sets a new password of its account once, until it expires. Only its keyed hash is stored.

    A code without `expires_at` was created without RESET_CODE_LIFETIME, by an older release, or on a Node Dashboard. It
    works until the lifetime that is set now has passed since its creation.
    """

    missing = ErrorCode.CODEID_MISSING
    unknown = ErrorCode.CODEID_UNKNOWN
    kind = "code"
    never_cached = frozenset({"secret_code_hash", "attempts_left", "created_by_id", "created_by_credential_id"})

    codeid = IdField("code")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="reset_codes", db_index=False)
    created_by = models.ForeignKey(
        Account,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="created_reset_codes",
        db_index=False,
        db_constraint=False,  # an older release, which does not know the column, can delete the administrator
        help_text="The administrator who created it for somebody else.",
    )
    created_by_credential = models.ForeignKey(
        ServiceCredential,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="created_reset_codes",
        db_index=False,
        db_constraint=False,  # as above
        help_text="The credential of the service that created it as itself.",
    )
    secret_code_hash = models.CharField(max_length=128)
    expires_at = models.DateTimeField(null=True, blank=True)
    attempts_left = models.SmallIntegerField(
        null=True, blank=True, help_text="Further attempts on the account that it allows; empty: any number."
    )

    objects = ResetCodeManager.from_queryset(ResetCodeQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["appid", "-created_at", "-codeid"], name="reset_code_newest"),
            models.Index(fields=["account", "-created_at", "-codeid"], name="reset_code_newest_of_account"),
            models.Index(
                fields=["created_by"], condition=models.Q(created_by__isnull=False), name="reset_code_of_creator"
            ),
            models.Index(
                fields=["created_by_credential"],
                condition=models.Q(created_by_credential__isnull=False),
                name="reset_code_of_credential",
            ),
        ]

    def __str__(self) -> str:
        return str(self.codeid)

    @property
    def works_until(self) -> datetime | None:
        """The time from which the code does not work, or None if it works until it is used."""
        if self.expires_at is None and settings.RESET_CODE_LIFETIME:
            return self.created_at + reset_code_lifetime()
        return self.expires_at

    def is_expired(self, now: datetime) -> bool:
        return self.works_until is not None and self.works_until <= now

    @property
    def is_blocked(self) -> bool:
        """Whether too many wrong codes were tried on the account. The attempt that is under way is counted already."""
        return self.attempts_left is not None and self.attempts_left <= 0

    def as_json(self) -> JSON:
        return without_none(
            {
                "codeid": self.codeid,
                "object": "resetCode",
                "appid": self.appid,
                "accountid": self.account_id,
                "expiresAt": isoformat(self.works_until),
                "createdAt": isoformat(self.created_at),
                "updatedAt": isoformat(self.updated_at),
            }
        )
