"""Protect a Flask application: `request.account`, guards, and signing in and out.

dashboard = FlaskDashboard(app, "http://localhost:8000")

@app.get("/")
@dashboard.signed_in
def home() -> str:
    return f"You are {request.account.accountid}"
"""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import ParamSpec, TypeVar, Unpack

import flask
from flask import Flask, Response, current_app, request

from dashboard_client.client import Dashboard
from dashboard_client.errors import DashboardError
from dashboard_client.gate import Gate, Remember
from dashboard_client.generated.models import Session
from dashboard_client.memory import memory_of
from dashboard_client.transport import Credential, Identity
from dashboard_client.visit import Incoming, OptionFields, Options, Visit, local_path, proof, target_of

P = ParamSpec("P")
T = TypeVar("T")
EXTENSION = "dashboard"


class DashboardRequest(flask.Request):
    """A request that knows its account. `app.request_class` is a subclass of it."""

    @property
    def account(self) -> Identity | None:
        """The caller, or None. Asks Dashboard the first time; raises Unavailable if it does not answer."""
        extension: FlaskDashboard = current_app.extensions[EXTENSION]
        return extension.account


class FlaskDashboard:
    """Asks a Dashboard, by its address or by a client of it. `options` are those of `Options`.

    `client` calls as the application itself, whose credential it has. With `memory`, answers are kept while the feed
    says that nothing has happened until so many seconds ago; the credential needs the scope read-events then.
    """

    def __init__(
        self,
        app: Flask | None,
        dashboard: Dashboard | str,
        *,
        credential: Credential | None = None,
        memory: float | None = None,
        **options: Unpack[OptionFields],
    ) -> None:
        self.client = Dashboard(dashboard, credential=credential) if isinstance(dashboard, str) else dashboard
        self.options = Options(**options)
        self.gate = Gate(self.client, memory_of(lambda: self.client, memory))
        if app:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Check the requests of an application, and answer the errors that it does not handle itself."""
        app.extensions[EXTENSION] = self
        app.request_class = type("Request", (DashboardRequest, app.request_class), {})
        app.before_request(self._begin)
        app.after_request(self._end)
        app.register_error_handler(DashboardError, self._answer)

    @property
    def account(self) -> Identity | None:
        """The caller, or None."""
        return self.gate.identify(self._visit)

    @property
    def caller(self) -> Dashboard:
        """A client that calls the API as the caller; without a session, only what is open to everybody."""
        return self.gate.caller(self._visit)

    @property
    def application(self) -> Dashboard:
        """A client that calls the API as the application itself, on behalf of the caller."""
        return self.gate.application(self._visit)

    @property
    def next_path(self) -> str:
        """Where to go after signing in: the page of this application in the query's `next`, or else the first one."""
        return local_path(request.args.get("next", ""))

    # Guards

    def signed_in(self, view: Callable[P, T]) -> Callable[P, T]:
        """Guard a view: the caller has to be signed in."""
        return self._guard(view)

    def administrator(self, view: Callable[P, T]) -> Callable[P, T]:
        """Guard a view: the caller has to be an administrator."""
        return self._guard(view, administrator=True)

    def owner(self, view: Callable[P, T]) -> Callable[P, T]:
        """Guard a view: the caller has to be the owner."""
        return self._guard(view, owner=True)

    def verified(self, within: float = 900) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Guard a view: the password has to have been verified within the last seconds."""
        seconds = proof(within)
        return lambda view: self._guard(view, within=seconds)

    def _guard(
        self, view: Callable[P, T], *, administrator: bool = False, owner: bool = False, within: float | None = None
    ) -> Callable[P, T]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
            self.gate.identify(self._visit)
            self._visit.require(administrator=administrator, owner=owner, within=within)
            result: T = current_app.ensure_sync(view)(*args, **kwargs)
            return result

        return guarded

    # Signing in and out; the answer to the request sets the cookies

    def sign_in(self, username: str, password: str, remember: Remember = None) -> Session:
        """Sign in. Raises SecondFactorRequired with the challenge for `complete_sign_in`, and errors by their code."""
        return self.gate.sign_in(self._visit, username, password, remember)

    def sign_in_by(self, form: Mapping[str, str]) -> Session:
        """Take the step of a sign-in that a form has, with fields as those of the API.

        `username`, `password` and perhaps `remember`, or `challenge` with `code` or `credential`.
        """
        return self.gate.sign_in_by(self._visit, form)

    def complete_sign_in(self, challenge: str, *, code: str | None = None, credential: str | None = None) -> Session:
        """Take the second step of a sign-in, with a code or the credential of a passkey."""
        return self.gate.complete_sign_in(self._visit, challenge, code, credential)

    def verify(self, username: str, password: str) -> Session:
        """Verify the password again, within the session."""
        return self.gate.verify(self._visit, username, password)

    def sign_out(self) -> None:
        """End the session, and remove the cookies."""
        self.gate.sign_out(self._visit)

    # The request

    @property
    def _visit(self) -> Visit:
        # Not in `g`, which outlives a request where the application has pushed a context of its own.
        visit: Visit | None = getattr(request, "dashboard_visit", None)
        if visit is None:
            visit = request.dashboard_visit = Visit(incoming(), self.options)  # type: ignore[attr-defined]
        return visit

    def _begin(self) -> None:
        self._visit.refuse_other_sites()

    def _answer(self, error: DashboardError) -> Response:
        answer = self._visit.answer(error)
        return Response(answer.body, answer.status, answer.headers)

    def _end(self, response: Response) -> Response:
        for cookie in self._visit.cookies:
            response.set_cookie(
                cookie.name,
                cookie.value,
                max_age=cookie.seconds,
                secure=cookie.is_secure,
                httponly=True,
                samesite="Lax",
            )
        for name, value in self._visit.cache_headers([*response.headers]):
            response.headers[name] = ", ".join([*response.headers.getlist(name), value])
        return response


def incoming() -> Incoming:
    """Return the current request."""
    return Incoming(
        method=request.method,
        target=target_of(request.script_root + request.path, request.query_string),
        host=request.headers.get("Host", ""),
        is_secure=request.is_secure,
        address=request.remote_addr or "",
        headers={name.lower(): value for name, value in request.headers.items()},
    )
