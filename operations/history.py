"""Accounts, sessions and events as operators and people themselves are told of them: who did what, and no secret."""

from accounts.models import Account
from dashboard_project import wire
from events.models import Event
from sessions_app.models import Session

ANOTHER = "another account"


def account_wire(account: Account) -> wire.Wire:
    """As on the wire, with what keeps somebody from signing in."""
    locked = {"failedSignIns": account.failed_sign_ins or None, "lockedUntil": wire.time(account.locked_until)}
    return wire.present(account.as_wire() | locked)


def session_wire(session: Session) -> wire.Wire:
    """As on the wire, without what its holder alone should know, and with what ended it."""
    fields = {name: value for name, value in session.as_wire().items() if name not in ("csrfToken", "token")}
    ended = {
        "endedByOperation": session.ended_by_action or None,
        "endedBy": session.ended_by_kind or None,
        "endedByAccountid": session.ended_by_accountid or None,
    }
    return wire.present(fields | ended)


def event_wire(event: Event) -> wire.Wire:
    return wire.present(
        {
            "object": "event",
            "appid": event.appid,
            "operation": event.action,
            "refusal": event.refusal or None,
            "accountid": event.accountid or None,
            "targetid": event.targetid or None,
            "by": event.actor_kind,
            "byAccountid": event.actor_accountid or None,
            "ipAddress": event.ip_address,
            "userAgent": event.user_agent or None,
            "createdAt": wire.time(event.created_at),
        }
    )


def session_as_its_own(session: Session) -> wire.Wire:
    """For the person whose session it is: nothing of whoever else has ended it but that they did."""
    fields = session_wire(session)
    if fields.pop("endedByAccountid", session.account_id) != session.account_id:
        fields["endedBy"] = ANOTHER
    return fields


def event_as_of(event: Event, accountid: str) -> wire.Wire:
    """For the person who has this account: nothing of whoever else has done it but that they did."""
    fields = event_wire(event)
    if fields.pop("byAccountid", accountid) != accountid:
        fields["by"] = ANOTHER
        fields = {name: value for name, value in fields.items() if name not in ("ipAddress", "userAgent")}
    return fields
