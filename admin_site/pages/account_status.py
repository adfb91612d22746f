"""The status of an account, and why signing in to it may fail."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account
from accounts.services import sign_in_clients
from admin_site.pages.labels import REFUSAL_LABELS
from admin_site.pages.tables import client
from events.models import Action, Event

RECENT_PERIOD = timedelta(hours=24)
REFUSALS_LIMIT = 100
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Badge:
    """A short label with a sentence as its tooltip. `variant` is a colour name of the theme: info, warning, danger."""

    text: str
    variant: str
    explanation: str


@dataclass(frozen=True)
class Explanation:
    """Sentences about an account. `obstacles` prevent sign-ins; `hints` suggest why one may have failed."""

    obstacles: list[str]
    hints: list[str]


def badges(account: Account) -> list[Badge]:
    """Return badges for the roles, the lockout and the scheduled deletion of an account. Most accounts have none."""
    found = []
    if account.owner_since:
        found.append(Badge("Owner", "primary", "The only account that may revoke roles and delete accounts at once."))
    elif account.administrator_since:
        found.append(Badge("Administrator", "info", "May sign in here, see every account and manage those of users."))
    if is_locked(account):
        found.append(Badge("Locked", "warning", "Sign-ins from new places have to wait, after wrong passwords."))
    if account.deleted_at:
        found.append(Badge(f"Deletion on {_day(account.deleted_at)}", "danger", "Nobody can sign in meanwhile."))
    return found


def is_locked(account: Account) -> bool:
    """Return whether the account is locked after too many wrong passwords."""
    return account.is_locked(timezone.now())


def can_be_unlocked(account: Account) -> bool:
    """Return whether anybody has to wait before they may try to sign in to the account."""
    return is_locked(account) or bool(sign_in_clients.waiting(account, timezone.now()))


def explain(account: Account) -> Explanation:
    """Explain why signing in to this account may fail."""
    now = timezone.now()
    obstacles = [*_lockout(account, now), *_deletion(account, now)]
    return Explanation(obstacles, [*_recent_refusals(account, now), *_never_signed_in(account)])


def _lockout(account: Account, now: datetime) -> list[str]:
    obstacles = []
    if account.locked_until and account.is_locked(now):
        clients = "Networks and browsers that have never signed in to this account"
        obstacles.append(f"{clients} have to wait {_wait(account.locked_until, account.failed_sign_ins, now)}")
    for stopped in sign_in_clients.waiting(account, now):
        if stopped.locked_until:
            wait = _wait(stopped.locked_until, stopped.failed_sign_ins, now)
            obstacles.append(f"{str(stopped).capitalize()} has to wait {wait}")
    return [f"{obstacle} Unlock the account to allow another attempt at once." for obstacle in obstacles]


def _wait(until: datetime, failures: int, now: datetime) -> str:
    minutes = ceil((until - now) / MINUTE)
    for_more = f"for {minutes} more minute{'s' if minutes > 1 else ''}"
    return f"until {_time(until)}, {for_more}, after {failures} wrong passwords or codes in a row."


def _deletion(account: Account, now: datetime) -> list[str]:
    if account.deleted_at is None:
        return []
    if account.deleted_at <= now:
        return ["The account was due for deletion and can no longer be restored."]
    plan = f"scheduled for deletion on {_day(account.deleted_at)} at {_time(account.deleted_at)}"
    return [f"The account is {plan}. Nobody can sign in. Until then the deletion can be cancelled."]


def _recent_refusals(account: Account, now: datetime) -> list[str]:
    refused = Event.objects.filter(
        accountid=account.pk, action=Action.REFUSE_SIGN_IN, created_at__gt=now - RECENT_PERIOD
    ).order_by("-created_at")[:REFUSALS_LIMIT]
    reasons = Counter(REFUSAL_LABELS.get(it.refusal, it.refusal) for it in refused)
    if not reasons:
        return []
    counts = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
    scope = f" (the latest {REFUSALS_LIMIT})" if len(refused) == REFUSALS_LIMIT else ""
    last = refused[0]
    latest = f"The most recent was at {_time(last.created_at)}, from {client(last, unknown='an unknown client')}."
    return [f"Sign-ins refused in the last 24 hours{scope}: {counts}. {latest}"]


def _never_signed_in(account: Account) -> list[str]:
    if account.last_signed_in_at:
        return []
    return ["Nobody has ever signed in to this account. The person may have registered with another username."]


def _day(time: datetime) -> str:
    return date_format(timezone.localtime(time), "j M Y")


def _time(time: datetime) -> str:
    return date_format(timezone.localtime(time), "H:i T")
