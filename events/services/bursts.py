"""Events that may happen often within minutes: only the first of a burst is recorded.

It costs a query each time, and a write only for the first. Two requests at the same moment may both be the first.
"""

import contextlib
from datetime import timedelta
from typing import Any

from django.db import DatabaseError
from django.utils import timezone

from dashboard.core.actor import Actor, is_another_account
from events.models import Action, Event
from events.services.recording import record

BURST = timedelta(minutes=15)


def record_view(accountid: str, actor: Actor, targetid: str = "") -> None:
    """Record that an administrator has read an account's page, or that of a row of it: once in BURST.

    Reading one's own account is no event.
    """
    if is_another_account(actor.accountid or "", accountid):
        _record_first(Action.VIEW_ACCOUNT, accountid, actor, targetid)


def record_refused_access(reason: str, actor: Actor, targetid: str = "", **signal: Any) -> None:
    """Record that access was refused to an actor: once in BURST for each account or service credential, and reason.

    Callers without either count as one, whatever their address, so that they cannot flood the table. A receiver of
    `access_refused`: the refusal is answered also while the database cannot be reached.
    """
    with contextlib.suppress(DatabaseError):
        _record_first(Action.REFUSE_ACCESS, actor.accountid or "", actor, targetid, refusal=reason)


def _record_first(action: Action, accountid: str, actor: Actor, targetid: str, *, refusal: str = "") -> None:
    earlier = Event.objects.filter(
        action=action,
        accountid=accountid,
        actor_accountid=actor.accountid or "",
        actor_credentialid=actor.credentialid,
        refusal=refusal,
        created_at__gt=timezone.now() - BURST,
    )
    if not earlier.exists():
        record(action, accountid, actor, targetid, refusal=refusal)
