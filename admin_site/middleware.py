"""What the pages of the site need besides Django's middleware: who is signed in, and errors that a person can read."""

from collections.abc import Callable
from http import HTTPStatus

from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.auth.models import AnonymousUser
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import add_never_cache_headers

from admin_site import cookie
from dashboard.api.middleware import GetResponse, is_of_the_site
from dashboard.db import availability
from sessions_app.models import Session
from sessions_app.services import last_seen, sessions

# Alpine, which the theme is built on, makes functions of its attributes: unsafe-eval. No page has a script of its own.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
SENTENCES = {
    HTTPStatus.BAD_REQUEST: "The request cannot be read.",
    HTTPStatus.FORBIDDEN: "The form was open for too long, or is not one of this site. Go back, reload, and try again.",
    HTTPStatus.NOT_FOUND: "There is no such page.",
    HTTPStatus.METHOD_NOT_ALLOWED: "This page cannot be asked for in this way.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "What was sent is too long.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something went wrong on the server. Nothing was changed; it has been logged.",
    HTTPStatus.SERVICE_UNAVAILABLE: (
        "The server cannot reach its database at the moment. Wait a little, and look what has been done before you"
        " repeat it."
    ),
}


class SignedInMiddleware(AuthenticationMiddleware):
    """`request.auth` is the session that the site's cookie proves, by the same code as the API's, and
    `request.user` its account. Where the database cannot be reached, for this or by the page, the answer says so."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:  # type: ignore[override]
        try:
            session = _session(request)
        except OperationalError as error:
            if response := self.process_exception(request, error):
                return response
            raise
        request.auth = session  # type: ignore[attr-defined]
        request.user = session.account if session else AnonymousUser()
        return None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        refusal = availability.as_unavailable(error)
        if refusal is None:
            return None
        return HttpResponse(status=refusal.error_code.status, headers={"Retry-After": str(refusal.retry_after)})


def _session(request: HttpRequest) -> Session | None:
    credentials = cookie.credentials(request) if is_of_the_site(request.path_info) else None
    if credentials is None:
        return None
    now = timezone.now()
    session, _ = sessions.authenticate(credentials, now)
    if session:
        last_seen.note(session, now)
    return session


def errors_as_pages(get_response: GetResponse) -> Callable[[HttpRequest], HttpResponseBase]:
    """Have nothing loaded from elsewhere, and answer errors with pages that tell no details, also with DEBUG on."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not is_of_the_site(request.path_info):
            return response
        if response.status_code >= HTTPStatus.BAD_REQUEST:
            response = _error(request, response)
        response["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
        return response

    return middleware


def _error(request: HttpRequest, answered: HttpResponseBase) -> HttpResponseBase:
    status = HTTPStatus(answered.status_code)
    fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    otherwise = HTTPStatus.INTERNAL_SERVER_ERROR if fault else HTTPStatus.BAD_REQUEST
    sentence = SENTENCES.get(status, SENTENCES[otherwise])
    response = render(request, "admin_site/error.html", {"title": status.phrase, "sentence": sentence}, status=status)
    if "Retry-After" in answered:
        response["Retry-After"] = answered["Retry-After"]
    add_never_cache_headers(response)
    return response
