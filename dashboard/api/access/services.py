"""Which service makes a request: one with a service credential, or the application server of the settings.

A credential is sent as `Authorization: Bearer dsk_…`, or in x-application-server-token, where programs of the contract
send APPLICATION_SERVER_TOKEN. The app that stores credentials says which service a credential belongs to, and whether
it is valid.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest

from dashboard.api.access.authentication import (
    ACCOUNTID_HEADER,
    BEARER_CHALLENGE,
    SESSIONID_HEADER,
    TOKEN_HEADER,
    bearer_token,
    is_application_server,
    is_same_secret,
)
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.services import APPLICATION_SERVER, CREDENTIAL_PREFIX, Scope, Service

Authenticator = Callable[[str, HttpRequest], Service]

_authenticators: list[Authenticator] = []


class CredentialRefusedError(DashboardError):
    """A service credential is not accepted. `credentialid` names it if there is one with the id of the token."""

    def __init__(self, error_code: ErrorCode, credentialid: str = "") -> None:
        super().__init__(error_code)
        self.credentialid = credentialid


def register_authenticator(authenticate: Authenticator) -> None:
    """Have this function return the service of a credential, or raise CredentialRefusedError."""
    _authenticators[:] = [authenticate]


def calling_service(request: HttpRequest) -> Service | None:
    """Return the service that makes this request, or None if none claims to.

    A request with a credential is judged by nothing else, neither by cookies nor by APPLICATION_SERVER_TOKEN.

    Raises CredentialRefusedError (401, 403) for a credential that is not valid, or beside another token;
    too-many-requests (429) after too many of these; ApplicationServerRefused (401) for wrong headers of the application
    server.
    """
    tokens = _tokens(request)
    if not any(map(_is_credential, tokens)):
        return APPLICATION_SERVER if is_application_server(request) else None
    if len(tokens) > 1 or not _authenticators:
        raise CredentialRefusedError(ErrorCode.CREDENTIAL_WRONG)
    return _authenticators[0](tokens.pop(), request)


def _tokens(request: HttpRequest) -> set[str]:
    """Return the credential of the Authorization header, and what x-application-server-token has."""
    bearer = bearer_token(request) or ""
    token = request.META.get(TOKEN_HEADER, "")
    return {it for it in (bearer if _is_credential(bearer) else "", token) if it}


def _is_credential(token: str) -> bool:
    """Whether this is the token of a credential, and not of the settings, where it can be any text."""
    configured = settings.APPLICATION_SERVER_TOKEN
    return token.startswith(CREDENTIAL_PREFIX) and not (configured and is_same_secret(token, configured))


def names_user(request: HttpRequest) -> bool:
    """Whether a service names the account or the session of a user for whom it acts."""
    return ACCOUNTID_HEADER in request.META or SESSIONID_HEADER in request.META


def scope_required(scope: Scope) -> DashboardError:
    """Return insufficient-scope (403), with the scope that is required (RFC 6750, section 3.1)."""
    challenge = f'{BEARER_CHALLENGE}, error="insufficient_scope", scope="{scope}"'
    return DashboardError(ErrorCode.SCOPE_MISSING, headers={"WWW-Authenticate": challenge})
