"""End what a restored backup has revived, and make processes and readers notice that the database was restored.

A session that was ended after the backup was made is active in it, a reset code that was used is unused, and ids of
events will be given again. What the rows do not reveal is counted, for operators to check: `Standing`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services.reset_code_revocation import delete_reset_codes
from dashboard.cache.epoch_table import EpochTable
from dashboard.core.actor import Actor
from dashboard.db.postgresql import without_statement_timeout
from events.services.feed_history import begin_history
from resetcodes.models import ResetCode
from second_factors.models import RecoveryCode
from second_factors.services.challenges import delete_challenges
from service_credentials.models import ServiceCredential
from sessions_app.services import revocation

CODES_PER_TRANSACTION = 500


@dataclass(frozen=True)
class Revived:
    """How many sessions and reset codes work, of those that existed at a time."""

    sessions: int
    reset_codes: int

    def __str__(self) -> str:
        return f"{self.sessions} sessions, {self.reset_codes} reset codes"


@dataclass(frozen=True)
class Standing:
    """How many other rows work that may have ended after the backup was made."""

    service_credentials: int
    administrators: int
    recovery_codes: int

    def as_json(self) -> dict[str, int]:
        """Return the numbers by their names on the wire."""
        return {
            "serviceCredentials": self.service_credentials,
            "administrators": self.administrators,
            "recoveryCodes": self.recovery_codes,
        }


def count_revived(at: datetime) -> Revived:
    """Count what `end_sessions` and `end_reset_codes` would end."""
    with without_statement_timeout():
        return Revived(revocation.count_sessions(revocation.Selection(at)), _codes(at).count())


def count_standing() -> Standing:
    """Count what operators have to check themselves."""
    with without_statement_timeout():
        return Standing(
            ServiceCredential.objects.usable(timezone.now()).count(),
            Account.objects.administrators().count(),
            RecoveryCode.objects.filter(account__appid=settings.APPID, used_at=None).count(),
        )


@transaction.atomic
def begin_anew(revived: Revived, actor: Actor) -> None:
    """Begin a new epoch of the cache and a new history of the feed, and record after-restore."""
    EpochTable().bump()
    begin_history(actor, f"to be ended: {revived}")


def end_sessions(at: datetime, actor: Actor, *, are_all: bool) -> Iterator[int]:
    """End the sessions that were there at this time; yield how many after each transaction.

    If these `are_all`, accounts with very many sessions end them at once. What was yielded is committed.
    """
    delete_challenges(at)
    if are_all:
        yield from revocation.end_sessions_of_heavy_accounts(actor)
    yield from revocation.end_sessions(revocation.Selection(at), actor)


def end_reset_codes(at: datetime, actor: Actor) -> Iterator[int]:
    """Delete the reset codes that were there at this time; yield how many after each transaction."""
    while deleted := _delete_codes(at, actor):
        yield deleted


@transaction.atomic
def _delete_codes(at: datetime, actor: Actor) -> int:
    return delete_reset_codes(_codes(at), actor, most=CODES_PER_TRANSACTION)


def _codes(at: datetime) -> models.QuerySet[ResetCode]:
    return ResetCode.objects.filter(created_at__lte=at)
