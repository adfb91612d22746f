"""Whether the session of a request is still valid when the request does its work."""

from django.db.models import F, Q, QuerySet

from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from sessions_app.models import Session


def session_required_of(actor: Actor) -> prepared.Requirement | None:
    """Return what an operation requires of an actor with a session: that nothing has ended it meanwhile."""
    if not actor.sessionid:
        return None
    values = ("sessionid", actor.sessionid), ("accountid", actor.accountid)
    return prepared.Requirement(_valid, values, _sign_in_required)


def _sign_in_required(sessionid: str, accountid: str) -> DashboardError:
    return DashboardError(ErrorCode.SIGN_IN_REQUIRED)


def _valid(sessionid: str, accountid: str) -> QuerySet[Session]:
    """Select a session by the rule of `Session.is_valid`, but for time.

    One that expires while its request waits for a lock was valid when the request began.
    """
    is_proven = Q(account__second_factor_since__isnull=True) | Q(second_factor_at__isnull=False)
    return Session._base_manager.filter(
        is_proven,
        pk=sessionid,
        account=accountid,
        account__deleted_at__isnull=True,
        ended_at__isnull=True,
        session_key_number=F("account__session_key_number"),
    )
