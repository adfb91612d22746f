"""Accounts and sessions as operators and people themselves are told of them: more than on the wire, and no secret."""

from accounts.models import Account
from dashboard.core.json import JSON, isoformat, without_none
from events.models import ANOTHER
from sessions_app.models import Session

SECRETS = ("csrfToken", "token")


def account_wire(account: Account) -> JSON:
    """As on the wire, with what keeps somebody from signing in."""
    locked = {"failedSignIns": account.failed_sign_ins or None, "lockedUntil": isoformat(account.locked_until)}
    return without_none(account.as_json() | locked)


def session_wire(session: Session) -> JSON:
    """As on the wire, without what its holder alone should know, and with what ended it."""
    fields = {name: value for name, value in session.as_json().items() if name not in SECRETS}
    ended = {
        "endedByAction": session.ended_by_action or None,
        "endedByKind": session.ended_by_kind or None,
        "endedByAccountid": session.ended_by_accountid or None,
    }
    return without_none(fields | ended)


def own_session_wire(session: Session) -> JSON:
    """For the person whose session it is: nothing of another account that ended it but that it did."""
    fields = session_wire(session)
    if fields.pop("endedByAccountid", session.account_id) != session.account_id:
        fields["endedByKind"] = ANOTHER
    return fields
