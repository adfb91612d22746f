"""The spec of a route, and the viewsets whose actions are declared with it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.routers import SimpleRouter

from dashboard.api import authentication
from dashboard.api.authentication import SAFE_METHODS, is_cross_origin_with_cookie
from dashboard.api.exception_handler import answer
from dashboard.api.parameters import BodyField, QueryParameter
from dashboard.api.parsers import FixedContentNegotiation, FormParser, JSONParser, MultiPartParser
from dashboard.api.requests import APIRequest
from dashboard.api.schema.objects import ResponseSchema
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.models import Record

Handler = Callable[[Any, Any], HttpResponseBase]
PARSERS = [FormParser(), MultiPartParser(), JSONParser()]
Method = Literal["GET", "POST", "PATCH", "DELETE"]


class Access(Enum):
    """Who may call a route."""

    PUBLIC = "anybody"
    USER = "a signed-in account"
    ADMINISTRATOR = "an administrator"


@dataclass(frozen=True)
class RouteSpec:
    """What a route takes, answers and refuses; `errors` stand in the order in which they are checked."""

    method: Method
    name: str
    returns: ResponseSchema
    query: tuple[QueryParameter, ...]
    body: tuple[BodyField, ...]
    errors: tuple[ErrorCode, ...]
    description: str
    cached_model: type[Record] | None


@dataclass(frozen=True)
class Route:
    """A declared route at its place."""

    path: str
    access: Access
    spec: RouteSpec


def route(  # noqa: PLR0913  a spec has as many parts
    method: Method,
    name: str,
    *,
    returns: ResponseSchema,
    query: tuple[QueryParameter, ...] = (),
    body: tuple[BodyField, ...] = (),
    errors: tuple[ErrorCode, ...] = (),
    cached_model: type[Record] | None = None,
) -> Callable[[Handler], Handler]:
    """Declare a viewset's method as the route `<prefix>/<name>`; its docstring says what the route is for.

    `reads` is the model of a route that only reads the row which its query names: it is looked up together with the
    caller.
    """

    def declare(handler: Handler) -> Handler:
        sentence = " ".join((handler.__doc__ or "").split())
        handler.spec = RouteSpec(method, name, returns, query, body, errors, sentence, cached_model)  # type: ignore[attr-defined]
        return action(methods=[method], detail=False, url_path=name, url_name=name)(handler)

    return declare


class APIViewSet(viewsets.ViewSet):
    """Judges what is the same for every route, in this order: method, length, origin, caller, body.

    It dispatches by itself: of what DRF does for every request, the API needs neither content negotiation, nor
    versions, throttles, renderer contexts or template responses.
    """

    prefix: ClassVar[str]
    access: ClassVar[Access]
    http_method_names = ["get", "head", "post", "patch", "delete"]  # noqa: RUF012

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.encoding:  # what a charset parameter says: it may name what is no encoding of text
            request.encoding = "utf-8"
        self.request = api_request = APIRequest(request, parsers=PARSERS, negotiator=FixedContentNegotiation())
        try:
            handler = self.handler(request)
            api_request.spec = handler.spec
            self.judge(api_request)
            response: HttpResponseBase = handler(api_request)
        except Exception as error:
            response = answer(error, request)
            response["Allow"] = ", ".join(self.allowed_methods)
        response["Cache-Control"] = "no-store"  # answers are about one person, now
        response["X-Content-Type-Options"] = "nosniff"
        if settings.SECURE_HSTS_SECONDS and request.is_secure():
            response["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
        return response

    def handler(self, request: HttpRequest) -> Any:
        """The declared method of this viewset that answers. Raises invalid-method (405) where none does."""
        method = (request.method or "").lower()
        if method not in self.action_map:
            raise DashboardError(ErrorCode.METHOD_NOT_ALLOWED)
        return getattr(self, method)

    def judge(self, request: APIRequest) -> None:
        if _length(request) > settings.MAXIMUM_POST_DATA_LENGTH:
            raise DashboardError(ErrorCode.REQUEST_TOO_LARGE)
        if is_cross_origin_with_cookie(request._request):
            raise DashboardError(ErrorCode.CROSS_ORIGIN)
        request.by_application_server = authentication.is_application_server(request._request)
        self.authenticate(request)
        if request.method not in SAFE_METHODS:
            if len(request._request.body) != _length(request):  # the client went away before it had sent all of it
                raise DashboardError(ErrorCode.MALFORMED_REQUEST)
            _ = request.data  # parsed now, so that an unreadable body is refused before anything else happens

    def authenticate(self, request: APIRequest) -> None:
        """Raises NotAuthenticated or PermissionDenied where the routes are for other callers."""
        request.user = request.auth = None  # type: ignore[assignment]
        if self.access is Access.PUBLIC:
            return
        signed_in = self.get_authenticators()[0].authenticate(request)
        if signed_in is None:
            raise NotAuthenticated
        request.user, request.auth = signed_in
        if self.access is Access.ADMINISTRATOR and not request.user.is_staff:
            raise PermissionDenied


def _length(request: APIRequest) -> int:
    """The body's length. Raises invalid-request (400) where there is none to be relied on; see wsgi.py."""
    length = request.META.get("CONTENT_LENGTH")
    if not length and "HTTP_TRANSFER_ENCODING" in request.META:
        raise DashboardError(ErrorCode.MALFORMED_REQUEST)
    try:
        return int(length or 0)
    except ValueError:
        raise DashboardError(ErrorCode.MALFORMED_REQUEST) from None


class PublicViewSet(APIViewSet):
    """Routes for anybody; a session, if any, is not looked at."""

    prefix = "user"
    access = Access.PUBLIC


class UserViewSet(APIViewSet):
    """Routes for a signed-in account, about what is its own."""

    prefix = "user"
    access = Access.USER


class AdministratorViewSet(APIViewSet):
    """Routes for administrators, about anybody's."""

    prefix = "administrator"
    access = Access.ADMINISTRATOR


def register(router: SimpleRouter, *viewset_classes: type[APIViewSet]) -> None:
    """Register viewsets under their prefix: several may share one."""
    for viewset_class in viewset_classes:
        router.register(viewset_class.prefix, viewset_class, basename=viewset_class.__name__)


def declared(router: SimpleRouter) -> Iterator[Route]:
    """Every route that is declared on a registered viewset, by path."""
    registry: list[tuple[str, Any, str]] = router.registry
    handlers: list[tuple[str, Access, Any]] = [
        (prefix, viewset_class.access, handler)
        for prefix, viewset_class, _ in registry
        for handler in viewset_class.get_extra_actions()
    ]
    routes = [
        Route("/".join(filter(None, ["/api", prefix, handler.spec.name])), caller, handler.spec)
        for prefix, caller, handler in handlers
    ]
    return iter(sorted(routes, key=lambda route: route.path))
