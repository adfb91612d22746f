"""The service about itself: its error codes, its OpenAPI document, and an explorer."""

from django.http import HttpRequest
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerView
from rest_framework.response import Response

from dashboard.api.parsers import FixedContentNegotiation
from dashboard.api.requests import APIRequest
from dashboard.api.responses import JSONResponse
from dashboard.api.routing import route
from dashboard.api.schema import openapi
from dashboard.api.schema.objects import ListOf, ObjectSchema, constant
from dashboard.api.viewsets import PublicViewSet
from dashboard.core.errors import ErrorCode

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


@require_safe
def document(request: HttpRequest) -> JSONResponse:
    """GET /api/openapi.json"""
    return JSONResponse(openapi.document())


class ExplorerView(SpectacularSwaggerView):
    """GET /api/docs: Swagger UI, with its assets served from here."""

    template_name = "dashboard/explorer.html"
    url_name = "openapi"
    content_negotiation_class = FixedContentNegotiation
