"""Protect a Starlette or FastAPI application: dependencies that guard, and signing in and out.

    dashboard = StarletteDashboard(app, "http://localhost:8000")

    @app.get("/")
    async def home(account: Annotated[Identity, Depends(dashboard.signed_in)]) -> str:
        return f"You are {account.accountid}"

Without FastAPI, an endpoint begins with `account = await dashboard.signed_in(request)`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Unpack

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard_client.client import AsyncDashboard
from dashboard_client.errors import (
    AdministratorRequired,
    CrossOriginRefused,
    DashboardError,
    SignInRequired,
    Unavailable,
)
from dashboard_client.gate import AsyncGate, Remember
from dashboard_client.generated.codes import OwnerRequired, VerificationRequired
from dashboard_client.generated.models import Session
from dashboard_client.memory import memory_of
from dashboard_client.transport import Credential, Identity
from dashboard_client.visit import Cookie, Incoming, OptionFields, Options, Visit, local_path, proof, target_of

# Handled also where an application has a handler of its own for every DashboardError.
HANDLED = (SignInRequired, AdministratorRequired, OwnerRequired, VerificationRequired, CrossOriginRefused, Unavailable)
VISIT = "dashboard_client.visit"  # in the scope of a request


class StarletteDashboard:
    """Asks a Dashboard, by its address or by a client of it. `options` are those of `Options`.

    `client` calls as the application itself, whose credential it has. With `memory`, answers are kept while the feed
    says that nothing has happened until so many seconds ago; the credential needs the scope read-events then.
    """

    def __init__(
        self,
        app: Starlette | None,
        dashboard: AsyncDashboard | str,
        *,
        credential: Credential | None = None,
        memory: float | None = None,
        **options: Unpack[OptionFields],
    ) -> None:
        self.client = AsyncDashboard(dashboard, credential=credential) if isinstance(dashboard, str) else dashboard
        self.options = Options(**options)
        self.gate = AsyncGate(self.client, memory_of(self.client.blocking, memory))
        if app:
            self.init_app(app)

    def init_app(self, app: Starlette) -> None:
        """Add the middleware to an application, and answer the errors that it does not handle itself."""
        app.add_middleware(DashboardMiddleware, dashboard=self)
        for error in (DashboardError, *HANDLED):
            app.add_exception_handler(error, self._answer)

    async def _answer(self, request: Request, error: Exception) -> Response:
        if not isinstance(error, DashboardError) or request.scope["type"] == "websocket":  # the middleware closes it
            raise error
        return refusal(self.visit(request), error)

    # Dependencies

    async def account(self, request: HTTPConnection) -> Identity | None:
        """Return the caller, or None. Asks Dashboard the first time."""
        return await self.gate.identify(self.visit(request))

    async def signed_in(self, request: HTTPConnection) -> Identity:
        """Return the caller. Raises SignInRequired if nobody is signed in."""
        return await self._require(request)

    async def administrator(self, request: HTTPConnection) -> Identity:
        """Return the caller, an administrator. Raises AdministratorRequired for other callers."""
        return await self._require(request, administrator=True)

    async def owner(self, request: HTTPConnection) -> Identity:
        """Return the caller, the owner. Raises OwnerRequired for other callers."""
        return await self._require(request, owner=True)

    def verified(self, within: float = 900) -> Callable[[HTTPConnection], Awaitable[Identity]]:
        """Return a dependency: the password has to have been verified within the last seconds."""

        seconds = proof(within)

        async def verified(request: HTTPConnection) -> Identity:
            return await self._require(request, within=seconds)

        return verified

    async def _require(
        self,
        request: HTTPConnection,
        *,
        administrator: bool = False,
        owner: bool = False,
        within: float | None = None,
    ) -> Identity:
        await self.account(request)
        return self.visit(request).require(administrator=administrator, owner=owner, within=within)

    def caller(self, request: HTTPConnection) -> AsyncDashboard:
        """Return a client that calls the API as the caller; without a session, only what is open to everybody."""
        return self.gate.caller(self.visit(request))

    def application(self, request: HTTPConnection) -> AsyncDashboard:
        """Return a client that calls the API as the application itself, on behalf of the caller."""
        return self.gate.application(self.visit(request))

    # Signing in and out; the answer to the request sets the cookies

    async def sign_in(
        self, request: HTTPConnection, username: str, password: str, remember: Remember = None
    ) -> Session:
        """Sign in. Raises SecondFactorRequired with the challenge for `complete_sign_in`, and errors by their code."""
        return await self.gate.sign_in(self.visit(request), username, password, remember)

    async def sign_in_by(self, request: HTTPConnection, form: Mapping[str, Any]) -> Session:
        """Take the step of a sign-in that a form has, with fields as those of the API.

        `username`, `password` and perhaps `remember`, or `challenge` with `code` or `credential`.
        """
        return await self.gate.sign_in_by(self.visit(request), form)

    async def complete_sign_in(
        self, request: HTTPConnection, challenge: str, *, code: str | None = None, credential: str | None = None
    ) -> Session:
        """Take the second step of a sign-in, with a code or the credential of a passkey."""
        return await self.gate.complete_sign_in(self.visit(request), challenge, code, credential)

    async def verify(self, request: HTTPConnection, username: str, password: str) -> Session:
        """Verify the password again, within the session."""
        return await self.gate.verify(self.visit(request), username, password)

    async def sign_out(self, request: HTTPConnection) -> None:
        """End the session, and remove the cookies."""
        await self.gate.sign_out(self.visit(request))

    def next_path(self, request: HTTPConnection) -> str:
        """Return where to go after signing in: the page in the query's `next`, or else the first one."""
        return local_path(request.query_params.get("next", ""))

    def visit(self, request: HTTPConnection) -> Visit:
        """Return what the middleware knows about a request. Raises RuntimeError without the middleware."""
        visit = request.scope.get(VISIT)
        if not isinstance(visit, Visit):
            raise RuntimeError("Add DashboardMiddleware to the application.")  # noqa: TRY004
        return visit


class DashboardMiddleware:
    """ASGI middleware: refuses the forms of other sites, answers the errors of guards, and sets cookies."""

    def __init__(self, app: ASGIApp, dashboard: StarletteDashboard) -> None:
        self.app, self.options = app, dashboard.options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        visit = Visit(incoming(HTTPConnection(scope)), self.options)
        scope[VISIT] = visit
        if scope["type"] == "websocket":
            await self._websocket(visit, scope, receive, send)
        else:
            await self._http(visit, scope, receive, send)

    async def _http(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        has_started = False

        async def sending(message: Message) -> None:
            nonlocal has_started
            if message["type"] == "http.response.start":
                has_started = True
                add_headers(visit, message)
            await send(message)

        try:
            visit.refuse_other_sites()
            await self.app(scope, receive, sending)
        except DashboardError as error:
            if has_started:
                raise
            await refusal(visit, error)(scope, receive, sending)

    async def _websocket(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        """Close a connection that a guard refuses, or that the page of another site opens with the cookies."""
        is_closed = False

        async def sending(message: Message) -> None:
            nonlocal is_closed
            is_closed = is_closed or message["type"] == "websocket.close"
            await send(message)

        try:
            visit.refuse_other_sites()
            await self.app(scope, receive, sending)
        except DashboardError:
            if not is_closed:
                await send({"type": "websocket.close", "code": 1008})


def refusal(visit: Visit, error: DashboardError) -> Response:
    """Return the response to an error of a guard."""
    answer = visit.answer(error)
    return Response(answer.body, answer.status, answer.headers)


def add_headers(visit: Visit, message: Message) -> None:
    """Add the cookies of a visit to the beginning of its response."""
    headers = MutableHeaders(scope=message)
    for name, value in visit.cache_headers(headers.items()):
        headers[name] = ", ".join([*headers.getlist(name), value])
    for cookie in visit.cookies:
        headers.append("Set-Cookie", set_cookie(cookie))


def set_cookie(cookie: Cookie) -> str:
    """Return the value of a Set-Cookie header."""
    response = Response()
    response.set_cookie(
        cookie.name, cookie.value, max_age=cookie.seconds, secure=cookie.is_secure, httponly=True, samesite="lax"
    )
    return response.headers["set-cookie"]


def incoming(connection: HTTPConnection) -> Incoming:
    """Return a request or the opening of a WebSocket, which is as unsafe as a POST."""
    return Incoming(
        method=connection.scope.get("method", "WEBSOCKET"),
        target=target_of(connection.scope["path"], connection.scope.get("query_string", b"")),
        host=connection.headers.get("host", ""),
        is_secure=connection.scope.get("scheme") in ("https", "wss"),
        address=connection.client.host if connection.client else "",
        headers={name: value for name, value in connection.headers.items() if name != "cookie"}
        | {"cookie": "; ".join(connection.headers.getlist("cookie"))},
    )
