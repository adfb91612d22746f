"""Limit how many sessions an account has at a time: MAXIMUM_SESSIONS."""

from datetime import datetime

from django.conf import settings

from accounts.models import Account
from dashboard.core.actor import Actor
from events.models import Action
from events.services.recording import record, record_each
from sessions_app.models import COUNT_LIMIT, ROWS_AT_ONCE, Session


def end_oldest_sessions(account: Account, actor: Actor, now: datetime) -> None:
    """End the oldest sessions of a locked account, so that one more makes MAXIMUM_SESSIONS. 0: no limit.

    Usually that is one. After the setting was lowered there may be many, which end by a revocation. Idle ones end
    before any that is active.
    """
    if not settings.MAXIMUM_SESSIONS:
        return
    newest = Session.objects.filter(account=account).endable(now).idle_last(now).values_list("pk", flat=True)
    kept = settings.MAXIMUM_SESSIONS - 1
    oldest = list(newest[kept : kept + ROWS_AT_ONCE + 1])
    if len(oldest) > ROWS_AT_ONCE:
        Session.objects.revoke(account, Action.END_OLDEST_SESSIONS, actor, now, list(newest[:kept]), COUNT_LIMIT)
        record(Action.END_OLDEST_SESSIONS, account.accountid, actor)
    elif oldest:
        Session.objects.end(oldest, Action.END_OLDEST_SESSIONS, actor, now)
        record_each(Action.END_OLDEST_SESSIONS, dict.fromkeys(oldest, account.accountid), actor)
