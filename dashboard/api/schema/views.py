"""How the service describes itself: its error codes, its OpenAPI document, and an explorer."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from rest_framework.response import Response

from dashboard.api.requests import APIRequest
from dashboard.api.responses import JSONResponse
from dashboard.api.routing import route
from dashboard.api.schema.objects import ListOf, ObjectSchema, constant
from dashboard.api.viewsets import PublicViewSet
from dashboard.core.errors import ErrorCode

# Swagger UI styles its elements inline, and has its icons in data: URLs.
EXPLORER_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

ERROR_CODE = ObjectSchema(
    "errorCode",
    required={
        "object": constant("errorCode"),
        "message": {"type": "string", "description": "The code."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "One sentence for people."},
    },
    optional={},
    example={
        "object": "errorCode",
        "message": "invalid-accountid",
        "status": 404,
        "detail": "No account has this accountid.",
    },
)


class ServiceViewSet(PublicViewSet):
    prefix = ""

    @route("GET", "errors", returns=ListOf(ERROR_CODE))
    def errors(self, request: APIRequest) -> Response:
        """List every error code with each of its statuses and reasons."""
        return Response(
            [
                {"object": "errorCode", "message": it.code, "status": it.status, "detail": it.detail}
                for it in sorted(ErrorCode, key=lambda it: (it.code, it.status))
            ]
        )


View = Callable[[HttpRequest], HttpResponse]


def if_documented(view: View) -> View:
    """Answer as an unknown route where API_DOCS is false."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        if not settings.API_DOCS:
            raise Http404
        return view(request)

    return wrapped


@if_documented
@require_safe
def document(request: HttpRequest) -> HttpResponse:
    """GET /api/openapi.json, with the path below which the server is reached."""
    from dashboard.api.schema import openapi  # noqa: PLC0415  what makes the document takes 4 MB of a process

    prefix = request.META.get("SCRIPT_NAME")
    servers = {"servers": [{"url": prefix}]} if prefix else {}  # the default is the root of the host
    return JSONResponse({**openapi.document(), **servers})


@if_documented
@require_safe
def explorer(request: HttpRequest) -> HttpResponse:
    """GET /api/docs: Swagger UI, with its assets served from here."""
    response = render(request, "dashboard/explorer.html")
    response["Content-Security-Policy"] = EXPLORER_CONTENT_SECURITY_POLICY
    return response
