"""What the service tells about itself: its error codes, its OpenAPI document, and an explorer for it."""

from django.http import HttpRequest
from django.views.decorators.http import require_safe
from drf_spectacular.views import SpectacularSwaggerView

from dashboard.api.parsers import AlwaysTheSame
from dashboard.api.requests import APIRequest
from dashboard.api.responses import Answer
from dashboard.api.routing import GuestViewSet, route
from dashboard.api.schema import openapi
from dashboard.api.schema.objects import ListOf, WireObject
from dashboard.core.errors import Refusal

ERROR_CODE = WireObject(
    "errorCode",
    always={
        "object": {"const": "errorCode"},
        "message": {"type": "string", "description": "The code."},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "One sentence for a person."},
    },
    sometimes={},
    example={
        "object": "errorCode",
        "message": "invalid-accountid",
        "status": 404,
        "detail": "The accountid names no account.",
    },
)


class Service(GuestViewSet):
    prefix = ""

    @route("GET", "errors", returns=ListOf(ERROR_CODE))
    def errors(self, request: APIRequest) -> Answer:
        """The catalogue of every error code, with each status and reason that it can have."""
        return Answer(
            [
                {"object": "errorCode", "message": it.code, "status": it.status, "detail": it.detail}
                for it in sorted(Refusal, key=lambda it: (it.code, it.status))
            ]
        )


@require_safe
def document(request: HttpRequest) -> Answer:
    """GET /api/openapi.json"""
    return Answer(openapi.document())


class Explorer(SpectacularSwaggerView):
    """GET /api/docs: Swagger UI, with its assets served from here."""

    template_name = "dashboard/explorer.html"
    url_name = "openapi"
    content_negotiation_class = AlwaysTheSame
