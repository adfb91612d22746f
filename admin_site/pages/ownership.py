"""Marks of what belongs to the signed-in administrator, so that nobody acts on themselves by mistake."""

from typing import Any

from accounts.models import Account
from admin_site.requests import AdminRequest
from resetcodes.models import ResetCode
from sessions_app.models import Session

MARKS = {Account: "You", Session: "Your session", ResetCode: "Your reset code"}
CURRENT_SESSION = "You are using this session now"


def own_mark(row: Any, request: AdminRequest) -> str:
    """Return a phrase if this account, session or reset code is the caller's own, or else an empty string."""
    if isinstance(row, Session) and row.pk == request.auth.pk:
        return CURRENT_SESSION
    accountid = row.pk if isinstance(row, Account) else row.account_id
    return MARKS.get(type(row), "Yours") if accountid == request.user.pk else ""
