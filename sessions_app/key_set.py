"""GET /.well-known/jwks.json: the keys with which applications verify X-Identity."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dashboard.api.responses import JSONResponse
from sessions_app.services.identity import public_keys


@require_safe
@cache_control(public=True, max_age=300)
def key_set(request: HttpRequest) -> HttpResponse:
    return JSONResponse(public_keys())
