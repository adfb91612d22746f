"""Human-readable labels of actions, actors and refusals."""

from math import ceil

from dashboard.core.actor import ActorKind
from dashboard.core.errors import DashboardError
from events.models import Action, Event

REFUSAL_LABELS = {
    "invalid-password": "wrong password",
    "invalid-username": "unknown username",
    "invalid-reset-code": "wrong reset code",
    "invalid-code": "wrong code of a second factor",
    "account-locked": "account locked",
    "invalid-account": "scheduled for deletion",
    "administrator-required": "not an administrator",
    "not-owned": "belongs to another account",
    "owner-required": "only for the owner",
    "not-current-session": "not the session of the request",
    "permission-denied": "not permitted",
    "invalid-origin": "from a page of another site",
    "invalid-application-server": "wrong headers of an application server",
    "wrong-credential": "wrong service credential",
    "expired-credential": "expired service credential",
    "revoked-credential": "revoked service credential",
    "network-of-credential": "service credential from another network",
    "insufficient-scope": "not within the scopes of the service credential",
    "invalid-csrf-token": "expired or forged form",
}
ACTOR_LABELS: dict[str, str] = {
    ActorKind.ANYBODY: "Someone not signed in",
    ActorKind.ACCOUNT: "An account",
    ActorKind.APPLICATION_SERVER: "The application server",
    ActorKind.SERVICE: "A service",
    ActorKind.COMMAND_LINE: "An operator",
}


def action_label(action: str) -> str:
    """Return the label of an action, or its capitalized name if this release does not know it."""
    return Action(action).label if action in Action.values else action.replace("-", " ").capitalize()


def event_label(event: Event) -> str:
    """Return the label of an event's action, followed by the reason if the action was refused, or by its details."""
    label, remark = action_label(event.action), REFUSAL_LABELS.get(event.refusal, event.refusal) or event.details
    return f"{label}: {remark}" if remark else label


def actor_label(kind: str, actor_accountid: str, accountid: str) -> str:
    """Return the label of an actor who changed the account `accountid`: another account's id, or a phrase."""
    if actor_accountid and actor_accountid != accountid:
        return actor_accountid
    return "The account owner" if actor_accountid and kind == ActorKind.ACCOUNT else ACTOR_LABELS.get(kind, kind)


def refusal_message(error: DashboardError) -> str:
    """Return the sentence of a refusal, and when to try again if that is known."""
    if error.retry_after is None:
        return error.error_code.detail
    minutes = ceil(error.retry_after / 60)
    return f"{error.error_code.detail} You can try again in {minutes} minute{'s' if minutes > 1 else ''}."
