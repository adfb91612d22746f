"""End many sessions at once, in short transactions, while people sign in and out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import models, transaction
from django.utils import timezone

from accounts.models import Account
from dashboard.core.actor import Actor
from dashboard.core.addresses import Network
from dashboard.db.batches import Position, process_in_batches
from dashboard.db.postgresql import without_statement_timeout
from events.models import Action
from events.services.recording import record, record_each
from sessions_app.models import ROWS_AT_ONCE, Session, SessionQuerySet

SESSIONS_PER_TRANSACTION = 500
ALL = 2**31 - 1


@dataclass(frozen=True)
class Selection:
    """The active and idle sessions that existed at a time and meet all conditions."""

    at: datetime
    accountid: str = ""
    older_than: timedelta = timedelta(0)  # since the sign-in
    network: Network | None = None  # of the address at the sign-in

    def sessions(self) -> SessionQuerySet:
        """Select them. Raises invalid-accountid (404) for an unknown account."""
        sessions = Session.objects.endable(timezone.now()).filter(created_at__lte=self.at - self.older_than)
        if self.accountid:
            sessions = sessions.filter(account=Account.objects.get_or_refuse(self.accountid))
        return sessions.filter(ip_address__within=self.network) if self.network else sessions

    def positions_after(self, last: Position | None) -> list[Position]:
        """Return the positions of at most SESSIONS_PER_TRANSACTION sessions after the last one handled.

        They follow the index of unended sessions, so that no batch reads other sessions, or those ended before. A
        position is the time at which a session expires, which never changes, and its id.
        """
        rest = self.sessions().order_by("expires_at", "pk")
        if last:
            expires_at, pk = last
            later = models.Q(expires_at__gt=expires_at) | models.Q(pk__gt=pk)
            rest = rest.filter(later, expires_at__gte=expires_at)
        with without_statement_timeout():
            return list(rest.values_list("expires_at", "pk")[:SESSIONS_PER_TRANSACTION])


def count_sessions(selection: Selection) -> int:
    """Return how many sessions `end_sessions` would end. Raises as `Selection.sessions`."""
    with without_statement_timeout():
        return selection.sessions().count()


def end_sessions(selection: Selection, actor: Actor) -> Iterator[int]:
    """End the selected sessions; yield how many after each batch. Raises as `Selection.sessions`.

    Whatever was yielded is committed; run this again after an interruption to end the rest. It waits for a lock only
    while it holds none, so that there is no deadlock.
    """
    return process_in_batches(selection.positions_after, lambda found: _end_each([pk for _, pk in found], actor))


def end_sessions_of_heavy_accounts(actor: Actor) -> Iterator[int]:
    """End the sessions of accounts that have more than ROWS_AT_ONCE to be ended, each by a revocation.

    Yield how many after each account. One event is recorded for each account.
    """
    with without_statement_timeout():
        accounts = Session.objects.endable(timezone.now()).order_by().values("account")
        heavy = accounts.annotate(sessions=models.Count("pk")).filter(sessions__gt=ROWS_AT_ONCE)
        accountids = sorted(heavy.values_list("account", flat=True))
    return (_end_of_account(accountid, actor) for accountid in accountids)


@transaction.atomic
def _end_of_account(accountid: str, actor: Actor) -> int:
    account = Account.objects.find_for_update(accountid)
    if account is None:  # deleted meanwhile
        return 0
    ended = Session.objects.end_all(account, Action.END_SESSIONS, actor, timezone.now(), limit=ALL)
    record(Action.END_SESSIONS, accountid, actor)
    return ended


def _end_each(sessionids: Sequence[str], actor: Actor) -> int:
    """End the unlocked sessions in one transaction, and the locked ones one by one."""
    ended = _end(sessionids, actor, wait=False)
    for sessionid in set(sessionids) - ended:
        ended |= _end([sessionid], actor, wait=True)
    return len(ended)


@transaction.atomic
def _end(sessionids: Sequence[str], actor: Actor, *, wait: bool) -> set[str]:
    """End those of these that are active or idle. Unless told to `wait`, skip locked ones. Return their ids."""
    now = timezone.now()
    locked = Session.objects.select_for_update(of=("self",), skip_locked=not wait).filter(pk__in=sessionids)
    account_of = dict(locked.endable(now).values_list("pk", "account_id"))
    Session.objects.end(list(account_of), Action.END_SESSIONS, actor, now)
    record_each(Action.END_SESSIONS, account_of, actor)
    return set(account_of)
