"""The viewsets that routes are declared on: DRF's `ViewSet`, with the checks that the contract wants of every route.

Nothing of DRF is left out. Authentication, permission, throttle, renderer, parser, negotiation, versioning and
pagination classes and the exception handler are those of the settings or of the viewset, and are called by DRF.
"""

from inspect import getmembers_static
from typing import Any, ClassVar

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.functional import cached_property
from rest_framework.exceptions import MethodNotAllowed, NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.viewsets import ViewSet

from dashboard.api.access.authentication import SAFE_METHODS, is_cross_origin_with_cookie
from dashboard.api.access.permissions import HasRecentProof, IsAccount, IsAdministrator, IsService, ProofRule
from dashboard.api.access.services import calling_service, names_user, scope_required
from dashboard.api.access.throttling import EXPORTS, RateScope
from dashboard.api.pagination import Listing
from dashboard.api.requests import APIRequest
from dashboard.api.responses import json_array, stream_json
from dashboard.api.routing import Access, RouteSpec
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.services import Scope, Service
from dashboard.replica.reads import OWN_LIST, Reader, reader_of

DEFAULT_PERMISSIONS: Any = api_settings.DEFAULT_PERMISSION_CLASSES  # asked on every route, besides the viewset's own


class APIViewSet(ViewSet):
    """Base of all viewsets. It checks in this order: method, length, origin, service, then what DRF checks
    (authentication, permissions, throttles), and last that the body can be read."""

    prefix: ClassVar[str]
    access: ClassVar[Access]
    answers_any_host = False
    rate_scope: RateScope | None = None  # this and the next three are set by `@route`
    recent_proof: ProofRule | None = None
    before_enrolment = False
    service_scope: Scope | None = None
    pagination_class: ClassVar[Any] = api_settings.DEFAULT_PAGINATION_CLASS
    http_method_names = ["get", "head", "post", "patch", "delete"]  # noqa: RUF012
    request: APIRequest

    @property
    def spec(self) -> RouteSpec:
        """The declaration of the route that is called. Raises MethodNotAllowed (405) where there is none."""
        action = self.action_map.get((self.request.method or "").lower())
        if action is None:
            raise MethodNotAllowed(self.request.method or "")
        spec: RouteSpec = getattr(self, action).spec
        return spec

    @classmethod
    def get_extra_actions(cls) -> list[Any]:
        """Find the routes without evaluating what else the class has: `schema` would load drf-spectacular, which takes
        4 MB and is needed only for the OpenAPI document."""
        return [member for _, member in getmembers_static(cls) if hasattr(member, "mapping")]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> APIRequest:
        if request.encoding:  # from a charset parameter, which may name no text encoding at all
            request.encoding = "utf-8"
        self.action = self.action_map.get((request.method or "").lower())  # type: ignore[assignment]
        return APIRequest(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse what the contract refuses on every route, in its order. See the class."""
        current = self.request
        current.spec = self.spec
        self.check_conventions(current)
        super().initial(request, *args, **kwargs)
        if current.method not in SAFE_METHODS:
            _read_body(current)

    def check_conventions(self, current: APIRequest) -> None:
        """Refuse a body that is too long, another origin, and a service that is invalid or may not call the route."""
        if _content_length(current) > settings.MAXIMUM_POST_DATA_LENGTH:
            raise DashboardError(ErrorCode.REQUEST_TOO_LARGE)
        if is_cross_origin_with_cookie(current._request):
            raise DashboardError(ErrorCode.CROSS_ORIGIN)
        current.service = calling_service(current._request)
        if current.service:
            current.used_scope = self.scope_used_by(current.service, current._request)

    def scope_used_by(self, service: Service, request: HttpRequest) -> Scope | None:
        """Return the scope by which a service makes this request: here, for a user or anybody who uses it.

        Raises insufficient-scope (403).
        """
        return _require_scope(service, Scope.ACT_FOR_USERS)

    @property
    def default_response_headers(self) -> dict[str, str]:
        """None of DRF's: errors alone have Allow, and no response depends on Accept."""
        return {}

    def handle_exception(self, exc: Exception) -> Response:
        response = super().handle_exception(exc)
        response["Allow"] = ", ".join(self.allowed_methods)
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Render now, so that an error in it is answered as any other."""
        final = super().finalize_response(request, response, *args, **kwargs)
        if isinstance(final, Response):
            try:
                final.render()
            except Exception as error:  # any data that the renderer cannot encode
                final = super().finalize_response(request, self.handle_exception(error), *args, **kwargs)
                final.render()
        return final

    @cached_property
    def paginator(self) -> Any:
        return self.pagination_class()

    @cached_property
    def reader(self) -> Reader:
        """The reader of lists and their counts. Users' own rows are always read from the primary."""
        if self.access is Access.ADMINISTRATOR and settings.READ_DATABASE_URL:
            return reader_of(self.request.actor)
        return Reader(OWN_LIST)

    def count_response(self, listing: Listing) -> Response:
        """Return how many rows a listing has."""
        return Response(self.reader(listing.count))

    def list_response(self, listing: Listing) -> HttpResponseBase:
        """Return the page of a listing that the request asks for, or with `all=true` every row, streamed.

        Raises as the pagination class does, and too-many-requests (429) for more streams than RATE_LIMIT_EXPORTS.
        """
        page = self.paginator.paginate_queryset(listing, self.request, view=self)
        if page is None:
            if exceeded := EXPORTS.hit(self.request.actor.accountid or self.request.actor.credentialid):
                raise exceeded.error()
            chunks = self.paginator.chunks(listing, self.reader)
            return stream_json(json_array([listing.as_json(row) for row in chunk] for chunk in chunks))
        response: Response = self.paginator.get_paginated_response([listing.as_json(row) for row in page])
        return response


def _require_scope(service: Service, scope: Scope) -> Scope:
    if scope not in service.scopes:
        raise scope_required(scope)
    return scope


def _content_length(request: APIRequest) -> int:
    """Return the length of the body. Raises invalid-request (400) where it is not to be relied on; see wsgi.py."""
    length = request.META.get("CONTENT_LENGTH")
    if not length and "HTTP_TRANSFER_ENCODING" in request.META:
        raise DashboardError(ErrorCode.MALFORMED_REQUEST)
    try:
        return int(length or 0)
    except ValueError:
        raise DashboardError(ErrorCode.MALFORMED_REQUEST) from None


def _read_body(request: APIRequest) -> None:
    """Parse the body now, so that a malformed one is refused before anything else happens.

    Raises invalid-request (400) where the client went away before it had sent all of it, and as the parsers.
    """
    if len(request._request.body) != _content_length(request):
        raise DashboardError(ErrorCode.MALFORMED_REQUEST)
    _ = request.data


class PublicViewSet(APIViewSet):
    """Routes for anybody. A session is not looked at."""

    prefix = "user"
    access = Access.PUBLIC
    authentication_classes = ()


class UserViewSet(APIViewSet):
    """Routes for a signed-in account, about its own data."""

    prefix = "user"
    access = Access.USER
    permission_classes = [IsAccount, HasRecentProof, *DEFAULT_PERMISSIONS]  # noqa: RUF012

    def get_object(self) -> Any:
        """Return the row that the route reads, from the cache where it is there.

        Raises the model's errors for a missing (400) or unknown (404) id, invalid-account (403) for the row of another
        account.
        """
        model, pk = _named_row(self.request)
        return model.objects.get_cached_own(pk, self.request.user.pk, self.request.snapshot)


class AdministratorViewSet(APIViewSet):
    """Routes for administrators, about any account's data. A service calls them for one of them, or as itself."""

    prefix = "administrator"
    access = Access.ADMINISTRATOR
    permission_classes = [IsAdministrator, HasRecentProof, *DEFAULT_PERMISSIONS]  # noqa: RUF012

    def scope_used_by(self, service: Service, request: HttpRequest) -> Scope:
        """Return the scope by which a service makes this request: for the administrator whom it names, or as itself.

        As itself it needs the route's `service_scope`, or else `administer`. Raises insufficient-scope (403).
        """
        own = next((it for it in (self.service_scope, Scope.ADMINISTER) if it in service.scopes), None)
        if own and not names_user(request):
            return own
        if names_user(request) or Scope.ACT_FOR_USERS in service.scopes:
            return _require_scope(service, Scope.ACT_FOR_USERS)
        raise scope_required(self.service_scope or Scope.ADMINISTER)

    def get_object(self) -> Any:
        """As `UserViewSet.get_object`, for any account's row."""
        model, pk = _named_row(self.request)
        return model.objects.get_cached(pk, self.request.snapshot)


class ServiceRouteViewSet(APIViewSet):
    """Routes for services, which call them as themselves. Sessions and APPLICATION_SERVER_TOKEN are not looked at.

    A route is declared with the `service_scope` that it needs; without one, any credential may call it.
    """

    prefix = "service"
    access = Access.SERVICE
    permission_classes = [IsService, *DEFAULT_PERMISSIONS]  # noqa: RUF012

    def scope_used_by(self, service: Service, request: HttpRequest) -> Scope | None:
        """Return the scope by which a service makes this request as itself; None: any. Raises as others do."""
        if not service.credentialid:
            raise NotAuthenticated
        return self.service_scope and _require_scope(service, self.service_scope)


def _named_row(request: APIRequest) -> tuple[Any, str]:
    return request.spec.cached_model, request.spec.query[0].read(request)
