"""Identify callers, sign them in and out: the requests that the middleware makes to Dashboard.

`Gate` blocks, `AsyncGate` is for asyncio. If Dashboard does not answer, they raise Unavailable: nobody is signed in or
out because of a fault.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal

import httpx

from dashboard_client.client import AsyncDashboard, Dashboard
from dashboard_client.errors import DashboardError, SignInRequired, Unavailable
from dashboard_client.generated import operations
from dashboard_client.generated.codes import InvalidSession
from dashboard_client.generated.models import Session
from dashboard_client.memory import Memory
from dashboard_client.operation import Operation
from dashboard_client.transport import Identity, read
from dashboard_client.visit import BROWSER_COOKIE, COOKIE_PREFIXES, SESSIONID, TOKEN, Visit

Remember = Literal["hours", "days"] | None


class Gate:
    """Asks Dashboard who the callers are."""

    def __init__(self, dashboard: Dashboard, memory: Memory | None = None) -> None:
        self.dashboard, self.memory = dashboard, memory

    def _forget(self, visit: Visit) -> None:
        """Forget what is remembered of the session of a request."""
        if self.memory and visit.credentials:
            self.memory.forget(visit.credentials)

    def identify(self, visit: Visit) -> Identity | None:
        """Return the caller, or None. Asks once for each request, and not at all without cookies."""
        visit.is_private = True
        if not visit.is_checked:
            visit.identity = self._ask(visit)
            visit.is_checked = True
        return visit.identity

    def _ask(self, visit: Visit) -> Identity | None:
        if visit.credentials is None:
            return None
        if self.memory and (known := self.memory.recall(visit.credentials)):
            return known
        asked = self.memory.now() if self.memory else 0.0
        try:
            identity = self.dashboard.signed_in(visit.credentials).check()
        except SignInRequired:
            return None
        if self.memory:
            self.memory.keep(visit.credentials, identity, asked)
        return identity

    def application(self, visit: Visit) -> Dashboard:
        """Return a client that calls the API as the application itself, on behalf of the caller."""
        return self.dashboard.on_behalf_of(visit.browser())

    def caller(self, visit: Visit) -> Dashboard:
        """Return a client that calls the API as the caller; without a session, only what is open to everybody."""
        visit.is_private = True
        caller = self.dashboard.on_behalf_of(visit.browser())
        return caller.signed_in(visit.credentials) if visit.credentials else caller.as_guest()

    def sign_in(self, visit: Visit, username: str, password: str, remember: Remember = None) -> Session:
        """Sign in, set the cookies, and end the session that they had.

        Raises SecondFactorRequired, and what create-session refuses with.
        """
        fields = {"username": username, "password": password, "remember": remember}
        return self._signed_in(visit, operations.USER_CREATE_SESSION, fields)

    def complete_sign_in(self, visit: Visit, challenge: str, code: str | None, credential: str | None) -> Session:
        """Take the second step of a sign-in, with a code or the credential of a passkey."""
        fields = {"challenge": challenge, "code": code, "credential": credential}
        return self._signed_in(visit, operations.USER_COMPLETE_SESSION, fields)

    def sign_in_by(self, visit: Visit, form: Mapping[str, Any]) -> Session:
        """Take the step of a sign-in that the fields of a form belong to: the second, if they have a challenge."""
        form = texts(form)
        if form.get("challenge"):
            return self.complete_sign_in(visit, form["challenge"], form.get("code"), form.get("credential"))
        return self.sign_in(visit, form.get("username", ""), form.get("password", ""), form.get("remember") or None)

    def _signed_in(self, visit: Visit, operation: Operation[Session], fields: dict[str, str | None]) -> Session:
        former = self.caller(visit)
        response = self.dashboard.on_behalf_of(visit.browser()).send(operation, body=fields)
        session = whole(read(operation, response))
        if visit.credentials:
            with suppress(DashboardError):  # it may have ended
                former.user.set_session_ended(sessionid=visit.credentials.sessionid)
            self._forget(visit)
        visit.sign_in(session, browserid(response))
        return session

    def verify(self, visit: Visit, username: str, password: str) -> Session:
        """Verify the password again, within the session."""
        caller = self.caller(visit)
        sessionid = visit.credentials.sessionid if visit.credentials else ""
        session = caller.user.set_session_verified(sessionid=sessionid, username=username, password=password)
        self._forget(visit)
        renewed(visit, session, sessionid)
        return session

    def sign_out(self, visit: Visit) -> None:
        """End the session, and remove the cookies. A session that has already ended is not an error."""
        if visit.credentials:
            with suppress(SignInRequired, InvalidSession):
                self.caller(visit).user.set_session_ended(sessionid=visit.credentials.sessionid)
            self._forget(visit)
        visit.forget()


class AsyncGate:
    """`Gate` for asyncio."""

    def __init__(self, dashboard: AsyncDashboard, memory: Memory | None = None) -> None:
        self.dashboard, self.memory = dashboard, memory

    def _forget(self, visit: Visit) -> None:
        """Forget what is remembered of the session of a request."""
        if self.memory and visit.credentials:
            self.memory.forget(visit.credentials)

    async def identify(self, visit: Visit) -> Identity | None:
        """See `Gate`."""
        visit.is_private = True
        if not visit.is_checked:
            visit.identity = await self._ask(visit)
            visit.is_checked = True
        return visit.identity

    async def _ask(self, visit: Visit) -> Identity | None:
        if visit.credentials is None:
            return None
        if self.memory and (known := self.memory.recall(visit.credentials)):
            return known
        asked = self.memory.now() if self.memory else 0.0
        try:
            identity = await self.dashboard.signed_in(visit.credentials).check()
        except SignInRequired:
            return None
        if self.memory:
            self.memory.keep(visit.credentials, identity, asked)
        return identity

    def application(self, visit: Visit) -> AsyncDashboard:
        """See `Gate`."""
        return self.dashboard.on_behalf_of(visit.browser())

    def caller(self, visit: Visit) -> AsyncDashboard:
        """See `Gate`."""
        visit.is_private = True
        caller = self.dashboard.on_behalf_of(visit.browser())
        return caller.signed_in(visit.credentials) if visit.credentials else caller.as_guest()

    async def sign_in(self, visit: Visit, username: str, password: str, remember: Remember = None) -> Session:
        """See `Gate`."""
        fields = {"username": username, "password": password, "remember": remember}
        return await self._signed_in(visit, operations.USER_CREATE_SESSION, fields)

    async def complete_sign_in(self, visit: Visit, challenge: str, code: str | None, credential: str | None) -> Session:
        """See `Gate`."""
        fields = {"challenge": challenge, "code": code, "credential": credential}
        return await self._signed_in(visit, operations.USER_COMPLETE_SESSION, fields)

    async def sign_in_by(self, visit: Visit, form: Mapping[str, Any]) -> Session:
        """See `Gate`."""
        form = texts(form)
        if form.get("challenge"):
            return await self.complete_sign_in(visit, form["challenge"], form.get("code"), form.get("credential"))
        return await self.sign_in(
            visit, form.get("username", ""), form.get("password", ""), form.get("remember") or None
        )

    async def _signed_in(self, visit: Visit, operation: Operation[Session], fields: dict[str, str | None]) -> Session:
        former = self.caller(visit)
        response = await self.dashboard.on_behalf_of(visit.browser()).send(operation, body=fields)
        session = whole(read(operation, response))
        if visit.credentials:
            with suppress(DashboardError):  # it may have ended
                await former.user.set_session_ended(sessionid=visit.credentials.sessionid)
            self._forget(visit)
        visit.sign_in(session, browserid(response))
        return session

    async def verify(self, visit: Visit, username: str, password: str) -> Session:
        """See `Gate`."""
        caller = self.caller(visit)
        sessionid = visit.credentials.sessionid if visit.credentials else ""
        session = await caller.user.set_session_verified(sessionid=sessionid, username=username, password=password)
        self._forget(visit)
        renewed(visit, session, sessionid)
        return session

    async def sign_out(self, visit: Visit) -> None:
        """See `Gate`."""
        if visit.credentials:
            with suppress(SignInRequired, InvalidSession):
                await self.caller(visit).user.set_session_ended(sessionid=visit.credentials.sessionid)
            self._forget(visit)
        visit.forget()


def texts(form: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a form that are text, not files."""
    return {name: form[name] for name in form if isinstance(form[name], str)}


def whole(session: Session) -> Session:
    """Return a session that has an id and a token. Raises Unavailable for another answer."""
    if SESSIONID.fullmatch(session.sessionid) and TOKEN.fullmatch(session.token or ""):
        return session
    raise Unavailable("Dashboard's answer is not a session with its token.")


def renewed(visit: Visit, session: Session, sessionid: str) -> None:
    """Set the cookies of a session that has a new token; its proof is new in any case.

    Raises Unavailable for another session than the one with this id.
    """
    if session.sessionid != sessionid:
        raise Unavailable("Dashboard's answer is about another session.")
    if session.token:
        visit.sign_in(whole(session))
    visit.is_checked = False


def browserid(response: httpx.Response) -> str:
    """Return the id under which Dashboard knows the browser that has signed in, or ""."""
    found = (response.cookies.get(f"{prefix}{BROWSER_COOKIE}") for prefix in COOKIE_PREFIXES)
    return next(filter(None, found), "")
