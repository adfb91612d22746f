"""JSON of accounts and sessions for operators and for the export: more than the API returns, and without secrets."""

from accounts.models import Account, SignInClient
from dashboard.core.actor import is_another_account
from dashboard.core.json import JSON, isoformat, without_none
from events.models import ANOTHER
from sessions_app.models import Session

SECRETS = ("csrfToken", "token")
BROWSER = "browser"


def account_json(account: Account) -> JSON:
    """Return the account as the API does, with its failed sign-ins and lockout."""
    lockout = {"failedSignIns": account.failed_sign_ins or None, "lockedUntil": isoformat(account.locked_until)}
    return without_none(account.as_json() | lockout)


def session_json(session: Session) -> JSON:
    """Return the session as the API does, without its secrets, and with who ended it."""
    fields = {name: value for name, value in session.as_json().items() if name not in SECRETS}
    ending = session.ending
    if ending is None:
        return fields
    ended = {"endedByAction": ending.action, "endedByKind": ending.kind, "endedByAccountid": ending.accountid}
    return fields | {name: value for name, value in ended.items() if value}


def own_session_json(session: Session) -> JSON:
    """Return the session as its owner may see it: another account that ended it is not identified."""
    fields = session_json(session)
    if is_another_account(fields.get("endedByAccountid", ""), session.account_id):
        fields["endedByKind"] = ANOTHER
    fields.pop("endedByAccountid", None)
    return fields


def sign_in_client_json(client: SignInClient) -> JSON:
    """Return a network or browser that has tried to sign in. The hash of a browser's cookie is left out."""
    return without_none(
        {
            "client": BROWSER if client.client.startswith(f"{BROWSER} ") else client.client,
            "trusted": client.is_trusted,
            "failedSignIns": client.failed_sign_ins,
            "lockedUntil": isoformat(client.locked_until),
            "lastSeenAt": isoformat(client.last_seen_at),
        }
    )
