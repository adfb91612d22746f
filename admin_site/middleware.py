"""Middleware of the site's pages: session authentication, error pages and the Content-Security-Policy."""

from http import HTTPStatus

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.views import redirect_to_login
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from admin_site import session_cookie
from admin_site.pages.errors import error_page
from admin_site.requests import actor_of_any
from dashboard.api.access.refusals import EXPIRED_FORM, REASONS, log_refusal, refuse_access
from dashboard.api.exception_handler import error_code_for_status
from dashboard.api.middleware import GetResponse, is_site_path
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import availability
from sessions_app.models import Session
from sessions_app.services import last_seen, sessions

# The theme has inline styles, but no inline scripts.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class SessionAuthenticationMiddleware(AuthenticationMiddleware):
    """Set `request.auth` to the session in the site's cookie, and `request.user` to its account.

    The session is authenticated by the same service as in the API. If it ends while the view is at work, the browser is
    sent to the sign-in form. If the database cannot be reached, either here or in the view, the response is 503 with
    Retry-After.
    """

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]
        try:
            session = _authenticate(request)
        except Error as error:
            if response := self.process_exception(request, error):
                return response
            raise
        request.auth = session  # type: ignore[attr-defined]
        request.user = session.account if session else AnonymousUser()
        return None

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Give the browser the new token of its session, if it has one, whatever became of the change.

        Where the search dialog would be sent to another page, such as the sign-in form, have the browser load its own
        page again: a script cannot see where it is sent, and would show nothing.
        """
        if response.status_code == HTTPStatus.FOUND and "HX-Request" in request.headers:
            del response["Location"]
            response.status_code, response["HX-Refresh"] = HTTPStatus.NO_CONTENT, "true"
        if renewed := getattr(request, "renewed", None):
            session_cookie.set_cookie(response, renewed, renewed.seconds_left)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, DashboardError) and error.error_code is ErrorCode.SIGN_IN_REQUIRED:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        refusal = availability.as_unavailable(error)
        if refusal is None:
            return None
        return HttpResponse(status=refusal.error_code.status, headers={"Retry-After": str(refusal.retry_after)})


def _authenticate(request: HttpRequest) -> Session | None:
    credentials = session_cookie.credentials(request) if is_site_path(request.path_info) else None
    if credentials is None:
        return None
    now = timezone.now()
    session, _ = sessions.authenticate(credentials, now)
    if session:
        last_seen.note(session, now)
    return session


class ErrorPageMiddleware:
    """Render errors as pages without details, even with DEBUG on, and set the Content-Security-Policy.

    Responses outside the administrators' site pass through unchanged.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not is_site_path(request.path_info):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            response = _error_page(request, response)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response


def _error_page(request: HttpRequest, original: HttpResponseBase) -> HttpResponseBase:
    status = HTTPStatus(original.status_code)
    if status is HTTPStatus.FORBIDDEN:
        is_form = getattr(request, "csrf_failed", False)
        refuse_access(EXPIRED_FORM if is_form else REASONS[ErrorCode.PERMISSION_DENIED], actor_of_any(request))
    elif status is HTTPStatus.BAD_REQUEST:
        log_refusal(error_code_for_status(status).code, actor_of_any(request))
    response = error_page(request, status)
    response.cookies = original.cookies
    if "Retry-After" in original:
        response["Retry-After"] = original["Retry-After"]
    add_never_cache_headers(response)
    return response
