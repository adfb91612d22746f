"""DRF's authentication class of every route that is not public."""

from typing import Any

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication

from accounts.models import Account
from dashboard.api.access import authentication
from dashboard.api.access.authentication import BEARER_CHALLENGE, Credentials
from dashboard.api.requests import APIRequest
from sessions_app.models import Session
from sessions_app.services import last_seen, sessions


class SessionAuthentication(BaseAuthentication):
    """Authenticate by application server, bearer token or cookies. A service that calls as itself has no session.

    `request.user` is the account, `request.auth` the session, and `request.snapshot` what the cache has returned.
    """

    def authenticate(self, request: APIRequest) -> tuple[Account, Session] | None:  # type: ignore[override]
        now = timezone.now()
        session = self._session(request, now)
        if session is None:
            return None
        last_seen.note(session, now)
        return session.account, session

    def _session(self, request: APIRequest, now: Any) -> Session | None:
        if request.by_service_itself:
            return None
        if request.by_application_server:
            accountid, sessionid = authentication.on_behalf_of(request._request)
            return sessions.get_session_for_server(accountid, sessionid, now)
        credentials = Credentials.of(request._request)
        if credentials is None:
            return None
        session, request.snapshot = sessions.authenticate(credentials, now, *request.prefetch_keys())
        return session

    def authenticate_header(self, request: Any) -> str:
        return BEARER_CHALLENGE
