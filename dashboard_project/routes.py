"""The declaration of a route, and the viewsets whose actions are declared with it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from django.conf import settings
from django.http import HttpRequest
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAdminUser, IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from dashboard_project.authentication import SAFE_METHODS, is_from_another_origin
from dashboard_project.errors import DashboardError, Refusal
from dashboard_project.inputs import Field, Query

Handler = Callable[[Any, Any], Response]
Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True)
class Route:
    """What a route takes and refuses; `errors` stand in the order in which they are checked."""

    method: Method
    name: str
    query: tuple[Query, ...]
    body: tuple[Field, ...]
    errors: tuple[Refusal, ...]


def route(
    method: Method,
    name: str,
    *,
    query: tuple[Query, ...] = (),
    body: tuple[Field, ...] = (),
    errors: tuple[Refusal, ...] = (),
) -> Callable[[Handler], Handler]:
    """Declare a viewset's method as the route `<prefix>/<name>`."""

    def declare(handler: Handler) -> Handler:
        handler.route = Route(method, name, query, body, errors)  # type: ignore[attr-defined]
        return action(methods=[method], detail=False, url_path=name, url_name=name)(handler)

    return declare


class APIViewSet(viewsets.ViewSet):
    """Judges what is the same for every route, in this order: method, length, origin, caller, body."""

    prefix: ClassVar[str]
    http_method_names = ["get", "head", "post", "patch", "delete"]  # noqa: RUF012

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        request.encoding = "utf-8"  # whatever a charset parameter says: it may name what is no encoding of text
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if self.action is None:
            raise DashboardError(Refusal.METHOD_WRONG)
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAXIMUM_POST_DATA_LENGTH:
            raise DashboardError(Refusal.REQUEST_TOO_LONG)
        if is_from_another_origin(request._request):
            raise DashboardError(Refusal.ORIGIN_WRONG)
        super().initial(request, *args, **kwargs)
        if request.method not in SAFE_METHODS:
            _ = request.data  # parsed now, so that an unreadable body is refused before anything else happens

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response["Cache-Control"] = "no-store"  # answers are about one person, now
        return super().finalize_response(request, response, *args, **kwargs)


class GuestViewSet(APIViewSet):
    """Routes for anybody; credentials, if any, are not looked at."""

    prefix = "user"
    authentication_classes = ()
    permission_classes = ()


class UserViewSet(APIViewSet):
    """Routes for a signed-in account, about what is its own."""

    prefix = "user"
    permission_classes = (IsAuthenticated,)


class AdministratorViewSet(APIViewSet):
    """Routes for administrators, about anybody's."""

    prefix = "administrator"
    permission_classes = (IsAdminUser,)


def register(router: SimpleRouter, *viewset_classes: type[APIViewSet]) -> None:
    """Register viewsets under their prefix: several may share one."""
    for viewset_class in viewset_classes:
        router.register(viewset_class.prefix, viewset_class, basename=viewset_class.__name__)
