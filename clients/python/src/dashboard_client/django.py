"""Protect a Django project: `request.account`, decorators, and signing in and out.

MIDDLEWARE = [..., "dashboard_client.django.DashboardMiddleware"]
DASHBOARD = {"address": "http://localhost:8000", "sign_in_path": "/sign-in"}

@signed_in
def home(request):
    return HttpResponse(f"You are {request.account.accountid}")
"""

from collections.abc import Awaitable, Callable, Mapping
from functools import cache, wraps
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import setting_changed
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers

from dashboard_client.client import Dashboard
from dashboard_client.errors import DashboardError
from dashboard_client.gate import Gate, Remember
from dashboard_client.generated.models import Session
from dashboard_client.memory import memory_of
from dashboard_client.transport import Identity
from dashboard_client.visit import PRIVATE, Incoming, Options, Visit, local_path, proof

View = Callable[..., Any]
Handler = Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
CONNECTION = ("address", "credential", "timeout")
OTHERS = (*CONNECTION, "memory")


class DashboardRequest(HttpRequest):
    """A request that has passed the middleware."""

    dashboard_visit: Visit

    @property
    def account(self) -> Identity | None:
        """The caller, or None. Asks Dashboard the first time; raises Unavailable if it does not answer."""
        return gate().identify(self.dashboard_visit)

    async def aaccount(self) -> Identity | None:
        """`account` for asynchronous views."""
        return await sync_to_async(gate().identify, thread_sensitive=False)(self.dashboard_visit)


class DashboardMiddleware:
    """Gives requests their account, refuses the forms of other sites, answers the errors of guards, sets cookies."""

    sync_capable, async_capable = True, True

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response
        self.is_asynchronous = iscoroutinefunction(get_response)
        options()
        if self.is_asynchronous:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        refused = begin(request)
        if self.is_asynchronous:
            return self._asynchronously(request, refused)
        response = refused or self.get_response(request)
        return end(visit_of(request), response)  # type: ignore[arg-type]

    async def _asynchronously(self, request: HttpRequest, refused: HttpResponse | None) -> HttpResponseBase:
        response = refused or await self.get_response(request)  # type: ignore[misc]
        return end(visit_of(request), response)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer an error that the view does not handle itself."""
        return refusal(visit_of(request), error) if isinstance(error, DashboardError) else None


def begin(request: HttpRequest) -> HttpResponse | None:
    """Give a request its account; return a refusal for the form of another site."""
    kind: Any = type(request)
    request.__class__ = with_account(kind)
    visit = Visit(incoming(request), options())
    request.dashboard_visit = visit  # type: ignore[attr-defined]
    try:
        visit.refuse_other_sites()
    except DashboardError as error:
        return refusal(visit, error)
    return None


@cache
def with_account(kind: Any) -> Any:
    """Return the class of requests of a kind that have `account`."""
    return type(kind.__name__, (DashboardRequest, kind), {})


def visit_of(request: HttpRequest) -> Visit:
    """Return what the middleware knows about a request. Raises ImproperlyConfigured without the middleware."""
    visit = getattr(request, "dashboard_visit", None)
    if not isinstance(visit, Visit):
        raise ImproperlyConfigured("Add dashboard_client.django.DashboardMiddleware to MIDDLEWARE.")
    return visit


def refusal(visit: Visit, error: DashboardError) -> HttpResponse:
    """Return the response to an error of a guard."""
    answer = visit.answer(error)
    return HttpResponse(answer.body, status=answer.status, headers=answer.headers)


def end(visit: Visit, response: HttpResponseBase) -> HttpResponseBase:
    """Set the cookies of a visit."""
    for cookie in visit.cookies:
        response.set_cookie(
            cookie.name,
            cookie.value,
            max_age=cookie.seconds,
            secure=cookie.is_secure,
            httponly=True,
            samesite="Lax",
        )
    if visit.is_private:
        response.headers.setdefault("Cache-Control", PRIVATE)
        patch_vary_headers(response, ["Cookie"])
    return response


def incoming(request: HttpRequest) -> Incoming:
    """Return a request in the form that all frameworks share."""
    return Incoming(
        method=request.method or "",
        target=request.get_full_path(),
        host=request.get_host(),
        is_secure=request.is_secure(),
        address=request.META.get("REMOTE_ADDR", ""),
        headers={name.lower(): value for name, value in request.headers.items()},
    )


# Settings


@cache
def dashboard() -> Dashboard:
    """Return the client of the Dashboard in the settings."""
    return Dashboard(**{name: value for name, value in configuration().items() if name in CONNECTION})


@cache
def gate() -> Gate:
    """Return the gate of the Dashboard in the settings."""
    return Gate(dashboard(), memory_of(dashboard, configuration().get("memory")))


@cache
def options() -> Options:
    """Return the options in the setting DASHBOARD. Raises ImproperlyConfigured if they are wrong."""
    try:
        chosen = Options(**{name: value for name, value in configuration().items() if name not in OTHERS})
    except TypeError as error:
        raise ImproperlyConfigured(f"DASHBOARD: {error}") from error
    has_sessions = "django.contrib.sessions.middleware.SessionMiddleware" in settings.MIDDLEWARE
    if has_sessions and settings.SESSION_COOKIE_NAME in (chosen.cookie_names or ("sessionid", "token")):
        raise ImproperlyConfigured(
            f"Django and Dashboard both have a cookie {settings.SESSION_COOKIE_NAME}: "
            'set SESSION_COOKIE_NAME = "django_sessionid", or cookie_names in DASHBOARD.'
        )
    return chosen


def configuration() -> dict[str, Any]:
    """Return the setting DASHBOARD."""
    given = getattr(settings, "DASHBOARD", None)
    if not isinstance(given, dict) or "address" not in given:
        raise ImproperlyConfigured('Set DASHBOARD = {"address": "http://localhost:8000"}.')
    return given


def forget_settings(*, setting: str, **_: Any) -> None:
    """Read DASHBOARD again after a test has replaced it."""
    if setting in ("DASHBOARD", "SESSION_COOKIE_NAME", "MIDDLEWARE"):
        for read in (dashboard, gate, options):
            read.cache_clear()


setting_changed.connect(forget_settings)


# Guards


def signed_in(view: View) -> View:
    """Guard a view: the caller has to be signed in."""
    return guard(view)


def administrator(view: View) -> View:
    """Guard a view: the caller has to be an administrator."""
    return guard(view, administrator=True)


def owner(view: View) -> View:
    """Guard a view: the caller has to be the owner."""
    return guard(view, owner=True)


def verified(within: float = 900) -> Callable[[View], View]:
    """Guard a view: the password has to have been verified within the last seconds."""
    seconds = proof(within)
    return lambda view: guard(view, within=seconds)


def guard(view: View, **conditions: Any) -> View:
    """Guard a view, which may be asynchronous, by the conditions of `Visit.require`."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        visit = visit_of(request)
        gate().identify(visit)
        visit.require(**conditions)
        return varied(view(request, *args, **kwargs))

    @wraps(view)
    async def guarded_asynchronously(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        visit = visit_of(request)
        await sync_to_async(gate().identify, thread_sensitive=False)(visit)
        visit.require(**conditions)
        return varied(await view(request, *args, **kwargs))

    return guarded_asynchronously if iscoroutinefunction(view) else guarded


def varied(response: Any) -> Any:
    """Mark the response of a guarded view, before `cache_page` around the guard stores it for everybody."""
    if isinstance(response, HttpResponseBase):
        patch_vary_headers(response, ["Cookie"])
    return response


# Signing in and out; the answer to the request sets the cookies


def caller(request: HttpRequest) -> Dashboard:
    """Return a client that calls the API as the caller; without a session, only what is open to everybody."""
    return gate().caller(visit_of(request))


def application(request: HttpRequest) -> Dashboard:
    """Return a client that calls the API as the application itself, on behalf of the caller."""
    return gate().application(visit_of(request))


def sign_in(request: HttpRequest, username: str, password: str, remember: Remember = None) -> Session:
    """Sign in. Raises SecondFactorRequired with the challenge for `complete_sign_in`, and errors by their code."""
    return gate().sign_in(visit_of(request), username, password, remember)


def sign_in_by(request: HttpRequest, form: Mapping[str, Any]) -> Session:
    """Take the step of a sign-in that a form has, with fields as those of the API.

    `username`, `password` and perhaps `remember`, or `challenge` with `code` or `credential`.
    """
    return gate().sign_in_by(visit_of(request), form)


def complete_sign_in(
    request: HttpRequest, challenge: str, *, code: str | None = None, credential: str | None = None
) -> Session:
    """Take the second step of a sign-in, with a code or the credential of a passkey."""
    return gate().complete_sign_in(visit_of(request), challenge, code, credential)


def verify(request: HttpRequest, username: str, password: str) -> Session:
    """Verify the password again, within the session."""
    return gate().verify(visit_of(request), username, password)


def sign_out(request: HttpRequest) -> None:
    """End the session, and remove the cookies."""
    gate().sign_out(visit_of(request))


def next_path(request: HttpRequest) -> str:
    """Return where to go after signing in: the page of this project in the query's `next`, or else the first one."""
    return local_path(request.GET.get("next", ""))
