"""What is added to DRF or Django the usual way works on the API, or a system check refuses it."""

import gc
import weakref
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAcceptable, NotFound
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.throttling import BaseThrottle

from dashboard.api.middleware import FastPathMiddleware, fast_path_views
from dashboard.api.routing import declared, register, route
from dashboard.api.schema.objects import TRUE
from dashboard.api.viewsets import AdministratorViewSet, APIViewSet, PublicViewSet, UserViewSet
from dashboard.core.errors import ErrorCode
from tests.client import ApiClient, outcome

FAST_PATH = "dashboard.api.middleware.FastPathMiddleware"


class Deny(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return False


class Throttle(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return False

    def wait(self) -> float:
        return 2.5


class Refuse(BaseAuthentication):
    def authenticate(self, request: Any) -> None:
        raise AuthenticationFailed

    def authenticate_header(self, request: Any) -> str:
        return "Basic"


class Shout(BaseRenderer):
    media_type = "text/plain"
    format = "txt"

    def render(self, data: Any, *args: Any) -> bytes:
        return b"shout"


@pytest.fixture
def callers(guest: ApiClient, user: ApiClient, administrator: ApiClient) -> list[Any]:
    """A request of each kind of viewset, which is answered with 200."""
    return [
        lambda: guest.get("errors"),
        lambda: user.get("user/account", accountid=user.account.pk),
        lambda: administrator.get("administrator/accounts-count"),
    ]


def test_requests_are_answered(callers: list[Any]) -> None:
    assert [outcome(call()) for call in callers] == [(200, "")] * 3


def test_a_permission_class_is_asked(callers: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for viewset in (PublicViewSet, UserViewSet, AdministratorViewSet):
        monkeypatch.setattr(viewset, "permission_classes", [Deny])
    assert [outcome(call()) for call in callers] == [
        (403, "permission-denied"),
        (403, "permission-denied"),
        (403, "permission-denied"),
    ]


def test_a_throttle_class_is_asked(callers: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(APIViewSet, "throttle_classes", [Throttle])
    responses = [call() for call in callers]
    assert [outcome(it) for it in responses] == [(429, "too-many-requests")] * 3
    assert {it["Retry-After"] for it in responses} == {"3"}


def test_every_authentication_class_is_asked(user: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = UserViewSet.authentication_classes
    monkeypatch.setattr(UserViewSet, "authentication_classes", [*ours, Refuse])
    assert user.get("user/account", accountid=user.account.pk).status_code == 200
    user.client.cookies.clear()
    assert user.get("user/account", accountid=user.account.pk).status_code == 401
    monkeypatch.setattr(UserViewSet, "authentication_classes", [Refuse])
    response = user.get("user/account", accountid=user.account.pk)
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Basic")


def test_a_renderer_is_used(guest: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PublicViewSet, "renderer_classes", [Shout])
    response = guest.get("errors")
    assert (response.content, response["Content-Type"]) == (b"shout", "text/plain; charset=utf-8")


def test_an_exception_handler_is_called(guest: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PublicViewSet, "permission_classes", [Deny])
    monkeypatch.setattr(APIViewSet, "get_exception_handler", lambda self: lambda exc, context: Response("ours", 418))
    response = guest.get("errors")
    assert (response.status_code, response.json()) == (418, "ours")


def test_a_view_does_not_wait_for_the_garbage_collector(monkeypatch: pytest.MonkeyPatch) -> None:
    views: list[weakref.ref[APIViewSet]] = []
    initial = APIViewSet.initial

    def noted(self: APIViewSet, *args: Any) -> None:
        views.append(weakref.ref(self))
        initial(self, *args)

    monkeypatch.setattr(APIViewSet, "initial", noted)
    gc.disable()
    try:
        response = Client().get("/api/errors")
        assert response.status_code == 200
        assert [it() for it in views] == [None]
    finally:
        gc.enable()


class Conflict(APIException):
    status_code = 409


class UnassignedStatus(APIException):
    status_code = 499


class UpstreamError(Exception):
    """An error of some HTTP client, whose status is not ours."""

    status_code = 404


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (DjangoPermissionDenied(), (403, "permission-denied")),
        (Conflict(), (409, "invalid-request")),
        (NotAcceptable(), (406, "invalid-request")),
        (NotFound(), (404, "invalid-route")),
        (UnassignedStatus(), (499, "invalid-request")),
        (UpstreamError(), (500, "unknown-error")),
    ],
)
def test_exceptions_of_django_and_drf_keep_their_status(
    guest: ApiClient, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: tuple[int, str]
) -> None:
    def fail(self: Any, request: Any) -> None:
        raise error

    monkeypatch.setattr(APIViewSet, "check_throttles", fail)
    assert outcome(guest.get("errors")) == expected


def test_an_error_while_rendering_is_answered_as_any_other(guest: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ErrorCode, "detail", "\ud800")
    monkeypatch.setattr(ErrorCode, "as_json", lambda self: {"message": self.code})
    response = guest.get("errors")
    assert outcome(response) == (500, "unknown-error")
    assert (response["Cache-Control"], response["X-Content-Type-Options"]) == ("no-store", "nosniff")


class ExtraViewSet(PublicViewSet):
    @route("GET", "limited", returns=TRUE, throttle_classes=[Throttle])
    def limited(self, request: Any) -> Response:
        """A route with a throttle of its own."""
        return Response(True)

    @route("GET", "free", returns=TRUE)
    def free(self, request: Any) -> Response:
        """A route without."""
        return Response(True)


router = SimpleRouter(trailing_slash=False, use_regex_path=False)
register(router, ExtraViewSet)
urlpatterns = [path("api/", include(router.urls))]


@pytest.fixture
def _extra_routes(settings: Any) -> Any:
    settings.ROOT_URLCONF = __name__
    fast_path_views.cache_clear()
    yield
    fast_path_views.cache_clear()


@pytest.mark.usefixtures("_extra_routes")
def test_a_route_takes_the_options_of_an_action() -> None:
    assert [it.path for it in declared()] == ["/api/user/free", "/api/user/limited"]
    client = Client()
    assert client.get("/api/user/free").json() is True
    assert client.get("/api/user/limited").status_code == 429


@pytest.mark.usefixtures("_extra_routes")
def test_a_view_knows_its_route() -> None:
    response = Client().get("/api/user/free")
    assert response.resolver_match.url_name == "ExtraViewSet-free"


def see(get_response: Any) -> Any:
    """A middleware that somebody adds."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response: HttpResponse = get_response(request)
        response["X-Seen"] = "yes"
        return response

    return middleware


class Hooked:
    """A middleware with a hook that Django calls before the view."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        return self.get_response(request)

    def process_view(self, *args: Any) -> None:
        """Do nothing."""


def placed(settings: Any, name: str, *, above: bool) -> list[str]:
    place = settings.MIDDLEWARE.index(FAST_PATH) + (0 if above else 1)
    return [*settings.MIDDLEWARE[:place], f"{__name__}.{name}", *settings.MIDDLEWARE[place:]]


def found() -> list[str | None]:
    return [it.id for it in run_checks() if str(it.id).startswith("dashboard.E1")]


def test_settings_as_they_are_pass() -> None:
    assert found() == []


def test_middleware_above_the_fast_path_sees_the_api(settings: Any) -> None:
    settings.MIDDLEWARE = placed(settings, "see", above=True)
    assert found() == []
    assert Client().get("/api/errors")["X-Seen"] == "yes"


def test_middleware_below_the_fast_path_is_refused(settings: Any) -> None:
    settings.MIDDLEWARE = placed(settings, "see", above=False)
    assert found() == ["dashboard.E101"]


def test_middleware_with_hooks_is_refused(settings: Any) -> None:
    settings.MIDDLEWARE = placed(settings, "Hooked", above=True)
    assert found() == ["dashboard.E102"]


def test_atomic_requests_are_refused(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ATOMIC_REQUESTS", True)
    assert found() == ["dashboard.E103"]


def test_without_the_fast_path_everything_is_allowed_and_the_api_answers(settings: Any) -> None:
    settings.MIDDLEWARE = [it for it in placed(settings, "Hooked", above=True) if it != FAST_PATH]
    assert found() == []
    assert Client().get("/api/errors").status_code == 200
    assert FastPathMiddleware.__name__ not in str(settings.MIDDLEWARE)
