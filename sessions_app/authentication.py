"""Signed in by a session: what DRF calls for every route that is not for anybody."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication

from accounts.models import Account
from dashboard.api import authentication
from dashboard.api.authentication import Credentials
from dashboard.api.requests import APIRequest
from sessions_app.models import Session
from sessions_app.services import last_seen, sessions

NOBODY = (None, None)


class SessionAuthentication(BaseAuthentication):
    """By application server, bearer or cookie: `request.user` is the account, `request.auth` the session."""

    def authenticate(self, request: APIRequest) -> tuple[Account, Session] | None:  # type: ignore[override]
        now = timezone.now()
        if request.by_application_server:
            accountid, sessionid = authentication.on_behalf_of(request._request)
            session = sessions.get_session_for_server(accountid, sessionid, now)
        else:
            credentials = Credentials.of(request._request)
            session, request.seen = sessions.authenticate(credentials, now, *request.ahead()) if credentials else NOBODY
        if session is None:
            return None
        last_seen.note(session, now)
        return session.account, session
