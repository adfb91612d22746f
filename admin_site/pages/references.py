"""Look up what the rows of a page refer to by id: account names, and existing sessions, profiles and codes.

Events and ended sessions have ids instead of foreign keys, because they outlive what they mention. The ids of all rows
of a page are looked up at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accounts.models import Account, Profile
from admin_site.pages.labels import actor_label
from admin_site.pages.links import account_link, account_name, object_link
from dashboard.models import ID_PATTERN
from events.models import Event
from resetcodes.models import ResetCode
from service_credentials.models import ServiceCredential
from sessions_app.models import Session

TARGETS: dict[str, Any] = {"sess": Session, "prof": Profile, "code": ResetCode}  # by the prefix of their ids


@dataclass(frozen=True)
class References:
    """`accounts` has those that exist, by id; `targets` the ids of the other rows that exist.

    `credentials` has the names of service credentials by their ids.
    """

    accounts: dict[str, Account] = field(default_factory=dict)
    targets: frozenset[str] = frozenset()
    credentials: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of_events(cls, events: Iterable[Event]) -> "References":
        rows = list(events)
        return cls(
            _accounts([it.accountid for it in rows] + [it.actor_accountid for it in rows]),
            frozenset(_existing({it.targetid for it in rows})),
            _names_of_credentials({it.actor_credentialid for it in rows} - {""}),
        )

    @classmethod
    def of_accounts(cls, accountids: Iterable[str]) -> "References":
        return cls(_accounts(accountids))

    @classmethod
    def of_sessions(cls, sessions: Iterable[Session]) -> "References":
        return cls(_accounts(it.ending.accountid for it in sessions if it.ending))

    def account(self, accountid: str) -> str:
        """Return a link with the account's name, or the bare id of one that was deleted."""
        account = self.accounts.get(accountid)
        return object_link(account, account_name(account)) if account else accountid

    def account_with_email(self, accountid: str) -> str:
        """Do what `account` does, with the email address below the name."""
        account = self.accounts.get(accountid)
        return account_link(account) if account else accountid

    def target(self, targetid: str) -> str:
        """Return a link to a session, profile or reset code, or the bare id of one that was deleted."""
        if targetid not in self.targets:
            return targetid
        return object_link(TARGETS[targetid[:4]](pk=targetid))

    def actor(self, kind: str, actor_accountid: str, accountid: str) -> str:
        """Return who acted on the account `accountid`: a link with the name of another account, or a phrase."""
        label = actor_label(kind, actor_accountid, accountid)
        return self.account(label) if label == actor_accountid else label


def _accounts(accountids: Iterable[str]) -> dict[str, Account]:
    pks = {pk for pk in accountids if ID_PATTERN.fullmatch(pk)}
    accounts = Account.objects.filter(pk__in=pks).select_related("profile") if pks else ()
    return {account.pk: account for account in accounts}


def _names_of_credentials(pks: set[str]) -> dict[str, str]:
    return dict(ServiceCredential.objects.filter(pk__in=pks).values_list("pk", "name")) if pks else {}


def _existing(targetids: set[str]) -> Iterable[str]:
    for prefix, model in TARGETS.items():
        if pks := [it for it in targetids if it.startswith(prefix) and ID_PATTERN.fullmatch(it)]:
            yield from model.objects.filter(pk__in=pks).values_list("pk", flat=True)
