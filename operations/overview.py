"""What support needs to know about somebody: found by id, username or email, told on one screen."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.utils import timezone

from accounts.models import Account, Profile, ProfileQuerySet
from dashboard.core.json import JSON
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN
from events.listing import EventList
from events.models import Event
from operations.history import account_wire, session_wire
from resetcodes.models import ResetCode
from sessions_app.models import Session

LATEST = 8
MOST_FOUND = 20


def found(given: str) -> list[Account]:
    """Accounts with this id or username, or a profile with this email address in any case; at most MOST_FOUND."""
    if not is_storable(given):
        return []
    if ID_PATTERN.fullmatch(given):
        return list(Account.objects.filter(pk=given))
    accountids = set(Account.objects.with_username(given).values_list("pk", flat=True))
    for column in ProfileQuerySet.EMAILS:
        accountids |= _owners(Profile.objects.with_email(column, given))
    return list(Account.objects.filter(pk__in=accountids).newest_first()[:MOST_FOUND])


def _owners(profiles: ProfileQuerySet) -> set[str]:
    return set(profiles.values_list("account", flat=True).distinct()[:MOST_FOUND])


@dataclass(frozen=True)
class Overview:
    """An account at a time, and the latest of everything that belongs to it."""

    at: datetime
    account: Account
    profiles: list[Profile]
    active_sessions: int
    all_sessions: int
    sessions: list[Session]
    reset_codes: list[ResetCode]
    events: list[Event]

    @classmethod
    def of(cls, account: Account) -> Self:
        now = timezone.now()
        return cls(
            at=now,
            account=account,
            profiles=list(account.profiles.all().newest_first()[:LATEST]),
            active_sessions=account.sessions.active(now).count(),
            all_sessions=account.sessions.count(),
            sessions=list(account.sessions.all().newest_first()[:LATEST]),
            reset_codes=list(account.reset_codes.all().newest_first()[:LATEST]),
            events=list(EventList(account.accountid).queryset()[:LATEST]),
        )

    def as_json(self) -> JSON:
        return {
            **account_wire(self.account),
            "activeSessions": self.active_sessions,
            "allSessions": self.all_sessions,
            "profiles": [it.as_json() for it in self.profiles],
            "sessions": [session_wire(it) for it in self.sessions],
            "resetCodes": [it.as_json() for it in self.reset_codes],
            "events": [it.as_json() for it in self.events],
        }
