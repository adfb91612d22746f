"""The end of all sessions of an account under one number of its session key: one row, not one per session.

It is used for accounts with very many sessions. See docs/decisions/0015-revocations.md.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models.functions import JSONObject

from accounts.models import Account


@dataclass(frozen=True)
class Ending:
    """When sessions were ended, by which operation, in which capacity, and by whom; see the columns of `Session`."""

    at: datetime
    action: str
    kind: str
    accountid: str

    @classmethod
    def parsed(cls, found: Any) -> Self:
        """Return what `revocation_of_row` has selected: JSON, which some drivers parse."""
        values = json.loads(found) if isinstance(found, str) else found
        at = datetime.fromisoformat(values["at"])
        return cls(
            at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC),
            values["action"],
            values["kind"],
            values["accountid"],
        )


class Revocation(models.Model):
    """The end of all sessions that had this number of the account's session key and were active or idle at this time.

    `written_at` is when the last of their rows was written, by `manage.py purge_sessions`.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="revocations", db_index=False)
    session_key_number = models.PositiveIntegerField()
    at = models.DateTimeField()
    action = models.CharField(max_length=40)
    kind = models.CharField(max_length=20)
    accountid = models.CharField(max_length=21, blank=True)
    written_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "session_key_number"], name="revocation_of_key")
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.session_key_number}"

    @property
    def ending(self) -> Ending:
        return Ending(self.at, self.action, self.kind, self.accountid)


def _of_row() -> models.QuerySet[Revocation]:
    """Select the revocation of a session's row, of which there is one at most."""
    return Revocation.objects.filter(
        account=models.OuterRef("account"), session_key_number=models.OuterRef("session_key_number")
    )


def is_revoked(**conditions: Any) -> models.Exists:
    """Build the condition that a session's row has a revocation, which meets these conditions."""
    return models.Exists(_of_row().filter(**conditions))


def revocation_of_row() -> models.Subquery:
    """Build the expression that selects the revocation of a session's row, for `Ending.parsed`, or null."""
    parts = {name: models.F(name) for name in ("at", "action", "kind", "accountid")}
    return models.Subquery(_of_row().values(json=JSONObject(**parts)))


def find_revocation(accountid: str, session_key_number: int) -> Ending | None:
    """Return how the sessions of an account with this number of its session key were ended together, if they were."""
    found = Revocation.objects.filter(account=accountid, session_key_number=session_key_number).first()
    return found.ending if found else None
