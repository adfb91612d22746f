"""Signed in by a session: what DRF calls for every route that is not for anybody."""

from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import Account
from dashboard_project.authentication import Credentials
from sessions_app import services
from sessions_app.models import Session


class SessionAuthentication(BaseAuthentication):
    """By bearer or cookie: `request.user` is the account, `request.auth` the session."""

    def authenticate(self, request: Request) -> tuple[Account, Session] | None:
        credentials = Credentials.of(request._request)
        session = services.session_of(credentials, timezone.now()) if credentials else None
        return (session.account, session) if session else None

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="dashboard"'
