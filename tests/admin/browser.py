"""A browser for the administrators' site: it opens pages and submits their forms with every hidden field."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

from django.test import Client

from accounts.models import Account
from sessions_app.models import Session
from tests.client import CSRF_HANDLER

COOKIE = "dashboard_admin"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
INPUT: dict[str, Callable[[Account], dict[str, str]]] = {
    "delete-account": lambda account: {"typed": account.accountid},
}  # what an action on this account requires on its confirmation page
AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Browser:
    """A browser with cookies. CSRF protection is enforced, as on the server."""

    def __init__(self, session: Session | None = None) -> None:
        self.client = Client(raise_request_exception=False, REMOTE_ADDR="203.0.113.7", HTTP_USER_AGENT=AGENT)
        self.client.handler = CSRF_HANDLER
        self.session = session
        if session:
            self.client.cookies[COOKIE] = f"{session.sessionid}.{session.token}"

    @property
    def account(self) -> Any:
        assert self.session
        return self.session.account

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/admin/{path}", query)

    def submit(self, path: str, **fields: Any) -> Any:
        """Open a page and submit its form with its hidden fields and these fields."""
        return self.resubmit(self.get(path), path, **fields)

    def resubmit(self, page: Any, path: str, **fields: Any) -> Any:
        """Submit the form of a page that is already open."""
        return self.client.post(f"/admin/{path}", {**hidden(page), **fields})

    def is_signed_in(self) -> bool:
        return bool(self.get("accounts/account/").status_code == 200)


def required_input(action: str, account: Account) -> dict[str, str]:
    """Return valid values of the fields that the confirmation page of an action requires."""
    return INPUT[action](account) if action in INPUT else {}


def hidden(page: Any) -> dict[str, Any]:
    """Return the hidden fields of a page's forms."""
    fields: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(page.content.decode()):
        fields.setdefault(unescape(name), []).append(unescape(value))
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    return {**fields, **({"csrfmiddlewaretoken": token[1]} if token else {})}


def text(page: Any) -> str:
    """Return the visible text of a page."""
    body = re.sub(r"<(script|style).*?</\1>", " ", page.content.decode().replace("<wbr>", ""), flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())
