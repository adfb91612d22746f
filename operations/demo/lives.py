"""The events of one generated account."""

from dataclasses import dataclass

from dashboard.core.actor import ActorKind
from events.models import Action
from operations.demo.timestamps import Timestamp

Ending = tuple[Timestamp, str, str, str]  # a session's ended_at, ended_by_action, ended_by_kind, ended_by_accountid


@dataclass(slots=True)
class Life:
    """Times of what happened to one account; None for what did not happen."""

    created: Timestamp
    scheduled: Timestamp | None = None
    key_reset: Timestamp | None = None
    password_changed: Timestamp | None = None
    code_made: Timestamp | None = None
    code_used: Timestamp | None = None
    code_open: Timestamp | None = None
    administrator: Timestamp | None = None
    locked: Timestamp | None = None

    def end(self, now: Timestamp) -> Timestamp:
        """Return the time after which nobody signs in."""
        return now if self.scheduled is None else self.scheduled

    def endings(self, accountid: str, ownerid: str) -> list[Ending]:
        """Return the operations that ended all active sessions of the account."""
        endings = (
            (self.scheduled, Action.SET_ACCOUNT_DELETED, ActorKind.ACCOUNT, accountid),
            (self.password_changed, Action.SET_ACCOUNT_PASSWORD, ActorKind.ACCOUNT, accountid),
            (self.code_used, Action.RESET_ACCOUNT_PASSWORD, ActorKind.ACCOUNT, accountid),
            (None if self.code_used else self.key_reset, Action.RESET_SESSION_KEY, ActorKind.ACCOUNT, ownerid),
        )
        return [(moment, action, kind, by) for moment, action, kind, by in endings if moment is not None]
