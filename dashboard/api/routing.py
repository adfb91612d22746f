"""`@route`: DRF's `@action`, with a declaration from which documentation, OpenAPI and tests are made."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal

from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.decorators import action
from rest_framework.routers import SimpleRouter

from dashboard.api.parameters import BodyField, QueryParameter
from dashboard.api.schema.objects import ResponseSchema
from dashboard.core.errors import ErrorCode
from dashboard.core.services import Scope
from dashboard.models import Record

Handler = Callable[[Any, Any], HttpResponseBase]
Method = Literal["GET", "POST", "PATCH", "DELETE"]


class Access(Enum):
    """Who may call a route, in the words of the documentation. Permission classes enforce it."""

    PUBLIC = "anybody"
    CHECK = "a proxy or an application that checks a session"
    USER = "a signed-in account"
    ADMINISTRATOR = "an administrator"
    SERVICE = "a service with a credential"


def audience(access: Access, service_scope: Scope | None) -> str:
    """Return in words who may call a route."""
    if service_scope is None:
        return access.value
    joint = " of the scope" if access is Access.SERVICE else ", or a service with a credential of the scope"
    return f"{access.value}{joint} `{service_scope}`"


@dataclass(frozen=True)
class RouteSpec:
    """The declaration of a route; `errors` stand in the order in which they are checked."""

    method: Method
    name: str
    returns: ResponseSchema
    query: tuple[QueryParameter, ...]
    body: tuple[BodyField, ...]
    errors: tuple[ErrorCode, ...]
    description: str
    cached_model: type[Record] | None
    writes: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """A declared route in the URL configuration."""

    path: str
    prefix: str
    access: Access
    spec: RouteSpec
    view: Callable[..., HttpResponseBase]
    service_scope: Scope | None

    @property
    def audience(self) -> str:
        return audience(self.access, self.service_scope)


def route(  # noqa: PLR0913  a declaration has as many parts
    method: Method,
    name: str,
    *,
    returns: ResponseSchema,
    query: tuple[QueryParameter, ...] = (),
    body: tuple[BodyField, ...] = (),
    errors: tuple[ErrorCode, ...] = (),
    cached_model: type[Record] | None = None,
    writes: tuple[str, ...] = (),
    **options: Any,
) -> Callable[[Handler], Handler]:
    """Declare a method as `@action(methods=[method], detail=False, url_path=name, **options)` with a `RouteSpec`.

    The method's docstring describes the route. `cached_model` is the model of a route that only reads the row that
    its first query parameter names: that row is fetched from the cache together with the caller. `writes` names what
    the route changes: objects that it creates or deletes, such as `session`, and fields of others, such as
    `account.profileid`, but for `updatedAt`. `options` are those of `@action`, such as `throttle_classes`, and
    attributes of our viewsets: `rate_scope`; `recent_proof`, which says when HasRecentProof refuses, before any of
    `errors`; `before_enrolment`, which opens a route to accounts that lack the second factor they need;
    `service_scope`, with which a service calls the route as itself.
    """
    if "recent_proof" in options:
        errors = (ErrorCode.VERIFICATION_REQUIRED, *errors)

    def declare(handler: Handler) -> Handler:
        description = " ".join((handler.__doc__ or "").split())
        spec = RouteSpec(method, name, returns, query, body, errors, description, cached_model, writes)
        decorated = action(methods=[method], detail=False, url_path=name, url_name=name, **options)(handler)
        decorated.spec = spec  # type: ignore[attr-defined]
        return decorated

    return declare


def register(router: SimpleRouter, *viewset_classes: Any) -> None:
    """Register viewsets under their prefix, which several may share."""
    for viewset_class in viewset_classes:
        router.register(viewset_class.prefix, viewset_class, basename=viewset_class.__name__)


def declared(resolver: URLResolver | None = None) -> Iterator[Route]:
    """Yield every declared route of a URL configuration, by path; by default that of ROOT_URLCONF."""
    routes = [
        Route(
            path,
            view.cls.prefix,
            view.cls.access,
            getattr(view.cls, name).spec,
            view,
            getattr(view.cls, name).kwargs.get("service_scope"),
        )
        for path, view in views(resolver or get_resolver())
        for name in dict.fromkeys(getattr(view, "actions", {}).values())  # DRF adds HEAD with the first request
        if hasattr(getattr(view.cls, name), "spec")
    ]
    return iter(sorted(routes, key=lambda route: route.path))


def monitor(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Mark a view as a monitor, which answers for any requested host. See `FastPathMiddleware`."""
    view.is_monitor = True  # type: ignore[attr-defined]
    return view


def is_monitor(view: Callable[..., Any]) -> bool:
    return getattr(view, "is_monitor", False)


def answers_any_host(view: Callable[..., Any]) -> bool:
    """Whether a view answers for any requested host, because its response does not depend on the host."""
    return is_monitor(view) or getattr(getattr(view, "cls", None), "answers_any_host", False)


def views(resolver: URLResolver, prefix: str = "/") -> Iterator[tuple[str, Any]]:
    """Yield the path and the view of each URL pattern below this resolver."""
    for pattern in resolver.url_patterns:
        path = f"{prefix}{pattern.pattern}"
        if isinstance(pattern, URLResolver):
            yield from views(pattern, path)
        elif isinstance(pattern, URLPattern):
            yield path, pattern.callback
