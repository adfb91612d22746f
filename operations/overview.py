"""An overview of an account for support staff."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from django.utils import timezone

from accounts.models import Account, Profile, SignInClient
from accounts.services import sign_in_clients
from accounts.services.search import search_accounts
from dashboard.core.json import JSON, isoformat
from events.listing import EventList
from events.models import Event
from operations.representations import account_json, session_json
from resetcodes.models import ResetCode
from second_factors.models import SecondFactor
from second_factors.services import recovery_codes
from sessions_app.models import Session

LATEST = 8
SEARCH_LIMIT = 20


def find_accounts(term: str) -> list[Account]:
    """Return at most SEARCH_LIMIT accounts that match a search term, newest first; if any match exactly, only these."""
    matches = search_accounts(term, limit=SEARCH_LIMIT)
    accounts = Account.objects.filter(pk__in=matches.exact or matches.partial)
    return list(accounts.newest_first()[:SEARCH_LIMIT])


@dataclass(frozen=True)
class Overview:
    """An account at one moment, with the latest LATEST rows of everything that belongs to it."""

    at: datetime
    account: Account
    profiles: list[Profile]
    active_sessions: int
    all_sessions: int
    sessions: list[Session]
    reset_codes: list[ResetCode]
    second_factors: list[SecondFactor]
    recovery_codes_left: int
    events: list[Event]
    waiting: list[SignInClient]  # networks and browsers that have failed too often

    @classmethod
    def of(cls, account: Account) -> Self:
        now = timezone.now()
        return cls(
            at=now,
            account=account,
            profiles=list(account.profiles.all().newest_first()[:LATEST]),
            active_sessions=account.sessions.active(now).count(),
            all_sessions=account.sessions.count(),
            sessions=list(account.sessions.with_revocations().newest_first()[:LATEST]),
            reset_codes=list(account.reset_codes.all().newest_first()[:LATEST]),
            second_factors=list(SecondFactor.objects.filter(account=account).confirmed().newest_first()),
            recovery_codes_left=recovery_codes.count_unused(account.accountid),
            events=list(EventList(account.accountid).queryset()[:LATEST]),
            waiting=sign_in_clients.waiting(account, now),
        )

    def as_json(self) -> JSON:
        return {
            **account_json(self.account),
            "activeSessions": self.active_sessions,
            "allSessions": self.all_sessions,
            "profiles": [it.as_json() for it in self.profiles],
            "sessions": [session_json(it) for it in self.sessions],
            "secondFactors": [it.as_json() for it in self.second_factors],
            "recoveryCodesLeft": self.recovery_codes_left,
            "resetCodes": [it.as_json() for it in self.reset_codes],
            "events": [it.as_json() for it in self.events],
            "waiting": [{"client": it.client, "until": isoformat(it.locked_until)} for it in self.waiting],
        }
