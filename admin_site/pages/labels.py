"""What happened, in the words that one uses on the phone."""

from math import ceil

from dashboard.core.actor import ActorKind
from dashboard.core.errors import DashboardError
from events.models import Action, Event
from sessions_app.models import Session

PHRASES: dict[str, str] = {
    Action.CREATE_ACCOUNT: "Registered",
    Action.DELETE_ACCOUNT: "Account deleted",
    Action.SET_ACCOUNT_DELETED: "Deletion scheduled",
    Action.RESET_ACCOUNT_DELETED: "Deletion cancelled",
    Action.SET_ACCOUNT_ADMINISTRATOR: "Made administrator",
    Action.RESET_ACCOUNT_ADMINISTRATOR: "Administrator revoked",
    Action.SET_OWNER_ACCOUNT: "Made owner",
    Action.SET_ACCOUNT_PASSWORD: "Password changed",
    Action.RESET_ACCOUNT_PASSWORD: "Password set with a reset code",
    Action.SET_ACCOUNT_USERNAME: "Username changed",
    Action.SET_ACCOUNT_PROFILE: "Default profile chosen",
    Action.UNLOCK_ACCOUNT: "Unlocked",
    Action.RESET_SESSION_KEY: "All sessions ended",
    Action.CREATE_PROFILE: "Profile created",
    Action.UPDATE_PROFILE: "Profile changed",
    Action.DELETE_PROFILE: "Profile deleted",
    Action.CREATE_SESSION: "Signed in",
    Action.REFUSE_SIGN_IN: "Not let in",
    Action.SET_SESSION_ENDED: "Session ended",
    Action.SET_SESSION_VERIFIED: "Password given again",
    Action.END_OTHER_SESSIONS: "Other sessions ended",
    Action.END_SESSIONS: "Ended with other sessions",
    Action.CREATE_RESET_CODE: "Reset code created",
    Action.DELETE_RESET_CODE: "Reset code taken back",
    Action.IMPORT_NODE_DASHBOARD: "Brought over from the Node Dashboard",
}
REASONS = {
    "invalid-password": "wrong password",
    "invalid-username": "unknown username",
    "invalid-reset-code": "wrong reset code",
    "account-locked": "locked after wrong passwords",
    "invalid-account": "scheduled for deletion, or no administrator",
}
KINDS: dict[str, str] = {
    ActorKind.ANYBODY: "A guest",
    ActorKind.ACCOUNT: "An account",
    ActorKind.APPLICATION_SERVER: "The application server",
    ActorKind.COMMAND_LINE: "An operator",
}


def phrase(action: str) -> str:
    """An operation; by its own name where this release does not know it."""
    return PHRASES.get(action, action.replace("-", " ").capitalize())


def what(event: Event) -> str:
    """What happened, and why where somebody was not let in."""
    reason = REASONS.get(event.refusal, event.refusal)
    return f"{phrase(event.action)}: {reason}" if reason else phrase(event.action)


def who(kind: str, accountid: str, whose: str) -> str:
    """Who did something to the account `whose`; an id where it was another account."""
    if accountid and accountid != whose:
        return accountid
    return "They themselves" if accountid and kind == ActorKind.ACCOUNT else KINDS.get(kind, kind)


def refused(error: DashboardError) -> str:
    """Why something was refused, and when to try again where that is known."""
    if error.retry_after is None:
        return error.error_code.detail
    minutes = ceil(error.retry_after / 60)
    return f"{error.error_code.detail} It is possible again in {minutes} minute{'s' if minutes > 1 else ''}."


def why_ended(session: Session) -> str:
    """Why a session is over, and by whom."""
    if not session.ended_by_action:
        return "Ended" if session.ended_at else "Its time was up"
    by = who(session.ended_by_kind, session.ended_by_accountid, session.account_id)
    return f"{phrase(session.ended_by_action)}, by {by[0].lower()}{by[1:]}"
