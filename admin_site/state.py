"""In which state an account is, for somebody who has its owner on the phone."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account
from admin_site.words import REASONS
from events.models import Action, Event

OF_LATE = timedelta(hours=24)
MOST = 100
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Badge:
    """A word or two; `variant` is one of the theme's colours."""

    text: str
    variant: str


@dataclass(frozen=True)
class Explanation:
    """Sentences: what keeps everybody out of an account, and what else may be why somebody does not get in."""

    obstacles: list[str]
    hints: list[str]


def badges(account: Account) -> list[Badge]:
    """What is special about an account; none for most."""
    found = []
    if account.owner_since:
        found.append(Badge("Owner", "primary"))
    elif account.administrator_since:
        found.append(Badge("Administrator", "info"))
    if is_locked(account):
        found.append(Badge("Locked", "warning"))
    if account.deleted_at:
        found.append(Badge(f"Deletion on {_day(account.deleted_at)}", "danger"))
    return found


def is_locked(account: Account) -> bool:
    """Whether nobody can sign in, after too many wrong passwords."""
    return account.is_locked(timezone.now())


def explain(account: Account) -> Explanation:
    """Why somebody may not get in to this account."""
    now = timezone.now()
    return Explanation([*_lock(account, now), *_deletion(account, now)], [*_refusals(account, now), *_first(account)])


def _lock(account: Account, now: datetime) -> list[str]:
    if account.locked_until is None or not account.is_locked(now):
        return []
    minutes = ceil((account.locked_until - now) / MINUTE)
    wait = f"until {_time(account.locked_until)}, for {minutes} more minute{'s' if minutes > 1 else ''}"
    count = f"{account.failed_sign_ins} wrong passwords or codes in a row"
    return [f"Nobody can sign in {wait}: there were {count}. Unlock it, and they can try again at once."]


def _deletion(account: Account, now: datetime) -> list[str]:
    if account.deleted_at is None:
        return []
    if account.deleted_at <= now:
        return ["The account was due to be deleted, and can no longer be restored."]
    day = _day(account.deleted_at)
    return [f"It is scheduled for deletion on {day}, and nobody can sign in. Until then the deletion can be cancelled."]


def _refusals(account: Account, now: datetime) -> list[str]:
    refused = Event.objects.filter(
        accountid=account.pk, action=Action.REFUSE_SIGN_IN, created_at__gt=now - OF_LATE
    ).order_by("-created_at")[:MOST]
    reasons = Counter(REASONS.get(it.refusal, it.refusal) for it in refused)
    if not reasons:
        return []
    told = ", ".join(f"{reason} ({count})" for reason, count in reasons.most_common())
    last = refused[0]
    whence = ", ".join(part for part in (last.user_agent, last.ip_address) if part) or "an unknown place"
    since = f"the last 24 hours{f', the latest {MOST} times' if len(refused) == MOST else ''}"
    return [f"Not let in within {since}: {told}. The last time at {_time(last.created_at)}, from {whence}."]


def _first(account: Account) -> list[str]:
    if account.last_signed_in_at:
        return []
    return ["Nobody has ever signed in to this account. Perhaps they registered under another username."]


def _day(time: datetime) -> str:
    return date_format(timezone.localtime(time), "j M Y")


def _time(time: datetime) -> str:
    return date_format(timezone.localtime(time), "H:i")
