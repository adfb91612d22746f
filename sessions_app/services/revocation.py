"""Ending many sessions at once, for operators: in short transactions, while people sign in and out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network

from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from dashboard.core.actor import Actor
from dashboard.db.postgresql import without_statement_timeout
from events.models import Action
from events.services.recording import record_each
from sessions_app.models import Session, SessionQuerySet

SESSIONS_PER_TRANSACTION = 500


@dataclass(frozen=True)
class Selection:
    """Active sessions that were there at a time, and fit everything else that is given."""

    at: datetime
    accountid: str = ""
    older_than: timedelta = timedelta(0)  # how long ago they were signed in
    network: IPv4Network | IPv6Network | None = None  # from where

    def sessions(self) -> SessionQuerySet:
        """Raises invalid-accountid (404) where the account is unknown."""
        sessions = Session.objects.active(timezone.now()).filter(created_at__lte=self.at - self.older_than)
        if self.accountid:
            sessions = sessions.filter(account=Account.objects.get_or_refuse(self.accountid))
        return sessions.filter(ip_address__within=self.network) if self.network else sessions


def count_sessions(selection: Selection) -> int:
    """How many sessions `end_sessions` would end. Raises as `Selection.sessions`."""
    with without_statement_timeout():
        return selection.sessions().count()


def end_sessions(selection: Selection, actor: Actor) -> Iterator[int]:
    """End them, some hundreds at a time; each time, how many. Raises as `Selection.sessions`.

    What was yielded is committed, and whoever runs it again after an interruption ends the rest. It waits for a lock
    only while it holds none, so that it is never one of two that wait for each other; nobody waits long for it.
    """
    last = ""
    while sessionids := _next(selection, last):
        ended = _end(sessionids, actor, wait=False)
        for sessionid in set(sessionids) - ended:  # somebody else is at it, or has ended it
            ended |= _end([sessionid], actor, wait=True)
        yield len(ended)
        last = sessionids[-1]


def _next(selection: Selection, last: str) -> list[str]:
    with without_statement_timeout():
        rest = selection.sessions().filter(pk__gt=last).order_by("pk")
        return list(rest.values_list("pk", flat=True)[:SESSIONS_PER_TRANSACTION])


@transaction.atomic
def _end(sessionids: list[str], actor: Actor, *, wait: bool) -> set[str]:
    """End those of these sessions that are active, and where it does not `wait`, that nobody has locked."""
    now = timezone.now()
    locked = Session.objects.select_for_update(of=("self",), skip_locked=not wait).filter(pk__in=sessionids)
    account_of = dict(locked.active(now).values_list("pk", "account_id"))
    Session.objects.filter(pk__in=account_of).end(Action.END_SESSIONS, actor, now)
    record_each(Action.END_SESSIONS, account_of, actor)
    return set(account_of)
