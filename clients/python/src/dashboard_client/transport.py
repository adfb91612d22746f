"""Build requests and read responses, without sending anything: what both clients share."""

import base64
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

import httpx

from dashboard_client.errors import (
    AdministratorRequired,
    CredentialRefused,
    DashboardError,
    SignInRequired,
    Unavailable,
)
from dashboard_client.generated.codes import ERRORS
from dashboard_client.operation import Fields, Operation

T = TypeVar("T")

TIMEOUT = 5.0  # seconds for each step of a request: to connect, to send, to wait, to read
LONGEST_WAIT = 2.0  # seconds; with a longer Retry-After, the error is raised instead
LONGEST_VALID = 60.0  # seconds
USER_AGENT = "dashboard-client/1.0.0"
FAULT = 500
SECONDS = re.compile(r"[0-9]{1,9}")
# What reading an answer raises that is none of Dashboard's.
UNREADABLE = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
    httpx.InvalidURL,
)
IN_HEADER = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")


class HasToken(Protocol):
    """A session of the API, or credentials."""

    @property
    def sessionid(self) -> str: ...

    @property
    def token(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """What proves a session: its id and its token."""

    sessionid: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApplicationServer:
    """The credential of the application itself: APPLICATION_SERVER and APPLICATION_SERVER_TOKEN of Dashboard."""

    address: str
    token: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """Return what proves it."""
        return {"X-Application-Server": self.address, "X-Application-Server-Token": self.token}


@dataclass(frozen=True, slots=True)
class ServiceCredential:
    """The credential of the application itself: the token of a service credential of Dashboard, dsk_…"""

    token: str = field(repr=False)

    def headers(self) -> dict[str, str]:
        """Return what proves it."""
        return {"Authorization": f"Bearer {self.token}"}


# What proves the application itself. With it, Dashboard believes which browser a sign-in comes from, and lets the
# application do what its scopes allow.
Credential = str | ServiceCredential | ApplicationServer


def credential_of(given: Credential | None) -> ServiceCredential | ApplicationServer | None:
    """Return a credential; text is the token of a service credential, and empty text is none.

    Raises ValueError for one that no header can have.
    """
    credential = (ServiceCredential(given) if given else None) if isinstance(given, str) else given
    if credential:
        require_sendable(*credential.headers().values())
    return credential


def require_sendable(*values: str) -> None:
    """Raise ValueError, without the value, for a credential with a line break, for instance.

    httpx would refuse its header with an exception that shows it.
    """
    if not all(IN_HEADER.fullmatch(value) for value in values):
        raise ValueError("A credential has characters that no header can have, such as a line break at its end.")


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser that sent a request to the application. Dashboard records and limits it, not the application."""

    address: str = ""
    user_agent: str = ""
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)


def clock() -> float:
    """Return seconds that also pass while the computer sleeps, where the system tells."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if boottime is None else time.clock_gettime(boottime)


@dataclass(frozen=True, slots=True)
class Identity:
    """Whose valid session makes a request, and of which rank."""

    accountid: str
    sessionid: str
    administrator: bool
    owner: bool
    verified_at: datetime
    """When the password was last verified, to the second."""
    valid_for: float = field(default=0.0, compare=False)
    """For how many seconds this can be true, if nothing happens: the session may expire then."""
    lead: float = field(default=0.0, compare=False, repr=False)
    """By how many seconds the clock of Dashboard is ahead of this computer's, or somewhat more: see `delayed`."""

    def is_verified(self, within: float) -> bool:
        """Whether the password was verified within the last seconds."""
        return time.time() + self.lead - self.verified_at.timestamp() <= within

    def delayed(self, seconds: float) -> "Identity":
        """Return the same from an answer that may be so many seconds old, which makes no proof younger."""
        return replace(self, lead=self.lead + seconds)


@dataclass(frozen=True)
class Requests:
    """Makes the requests of one caller to one Dashboard."""

    address: str
    credential: ServiceCredential | ApplicationServer | None = None
    credentials: Credentials | None = None
    browser: Browser | None = None
    is_guest: bool = False

    def signed_in(self, session: HasToken) -> "Requests":
        """Return the same for a session. Raises ValueError for one without its token."""
        if not session.token:
            raise ValueError("This session has no token: only create-session and complete-session return it.")
        require_sendable(session.sessionid, session.token)
        return replace(self, credentials=Credentials(session.sessionid, session.token))

    def own(self, identity: Identity) -> Identity:
        """Return the identity that a check has found. Raises Unavailable for another session, as of a proxy's cache."""
        if self.credentials and identity.sessionid != self.credentials.sessionid:
            raise Unavailable("The answer to a check is about another session.")
        return identity

    def build(self, operation: Operation[Any], query: Fields | None, body: Fields | None) -> httpx.Request:
        """Return the request. Parameters and fields that are None are left out.

        Raises SignInRequired for a guest: what needs a session is never done as the application itself.
        """
        if self.is_guest and not self.credentials and not operation.is_public:
            raise SignInRequired("Sign in required")
        given = urlencode({name: _text(value) for name, value in (query or {}).items() if value is not None})
        fields = {name: value for name, value in (body or {}).items() if value is not None}
        headers = self._headers(operation) | ({} if body is None else {"Content-Type": "application/json"})
        return httpx.Request(
            operation.method,
            f"{self.address}{operation.path}" + (f"?{given}" if given else ""),
            headers=httpx.Headers(headers, encoding="latin-1"),
            content=None if body is None else json.dumps(fields),  # in ASCII: UTF-8 has no lone surrogates
        )

    def _headers(self, operation: Operation[Any]) -> dict[str, str]:
        headers = {"Accept": "application/json", "User-Agent": USER_AGENT}
        if self.credentials and not operation.is_public:
            return headers | {"Authorization": f"Bearer {self.credentials.sessionid}.{self.credentials.token}"}
        return headers | (self.credential.headers() if self.credential else {}) | self._browser_headers()

    def _browser_headers(self) -> dict[str, str]:
        if not self.browser:
            return {}
        given = {
            "X-Client-Address": self.browser.address,
            "User-Agent": self.browser.user_agent,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.browser.cookies.items()),
            "Sec-Fetch-Site": "same-origin",  # it is a browser: let it be known next time
        }
        # Frameworks read headers as Latin-1, so that this sends the bytes that the browser has sent.
        return {name: value.encode("latin-1", "replace").decode("latin-1") for name, value in given.items() if value}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def no_cookies() -> CookieJar:
    """Return a jar that stays empty: an answer to one person must not sign in the requests of others."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def retry_after(operation: Operation[Any], response: httpx.Response) -> float | None:
    """Return after how many seconds to send a request a second time, or None: not at all."""
    seconds = _seconds(response)
    if not operation.is_safe or response.status_code != httpx.codes.SERVICE_UNAVAILABLE or seconds is None:
        return None
    return seconds if seconds <= LONGEST_WAIT else None


def _seconds(response: httpx.Response) -> float | None:
    """Return the value of Retry-After (RFC 9110, section 10.2.3), if it is a number of seconds."""
    value = response.headers.get("Retry-After", "")
    return float(value) if SECONDS.fullmatch(value) else None


def read(operation: Operation[T], response: httpx.Response) -> T:
    """Return what an answer says. Raises a DashboardError for a refusal, and for what Dashboard does not answer."""
    if not response.is_success:
        raise refusal(operation, response)
    try:
        return operation.read(response)
    except UNREADABLE as error:
        raise not_dashboard(response) from error


def refusal(operation: Operation[Any], response: httpx.Response) -> DashboardError:
    """Return the exception for an answer that is not a success."""
    body = _body(response)
    kind, code, detail = (str(body.get(name, "")) for name in ("object", "message", "detail"))
    said: dict[str, Any] = {"status": response.status_code, "retry_after": _seconds(response)}
    if response.status_code >= FAULT:
        return Unavailable(detail or f"Dashboard has answered with status {response.status_code}.", code=code, **said)
    if kind == "auth":
        return _without_code(operation, code, said)
    if kind != "error" or not code:
        return not_dashboard(response)
    return ERRORS.get(code, DashboardError)(detail, code=code, data=body, **said)


def _without_code(operation: Operation[Any], detail: str, said: dict[str, Any]) -> DashboardError:
    if said["status"] == httpx.codes.FORBIDDEN:
        return AdministratorRequired(detail, **said)
    if operation.is_public:
        return CredentialRefused("Dashboard does not accept the credential of this application.", **said)
    return SignInRequired(detail, **said)


def not_dashboard(response: httpx.Response) -> Unavailable:
    """Return the exception for an answer that is none of Dashboard's."""
    return Unavailable(
        f"The answer with status {response.status_code} is not one of Dashboard's: is its address right?"
    )


def _body(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def read_identity(response: httpx.Response) -> Identity:
    """Read the headers of a check that lets its sender pass. Raises ValueError or KeyError for another answer."""
    claims = read_claims(response.headers["X-Identity"])
    if response.status_code != httpx.codes.NO_CONTENT or claims["sub"] != response.headers["X-Account-Id"]:
        raise ValueError("This is not the answer of a check.")
    date = _date(response)
    return Identity(
        accountid=claims["sub"],
        sessionid=claims["sid"],
        administrator=claims["administrator"] is True,
        owner=claims["owner"] is True,
        verified_at=datetime.fromtimestamp(claims["auth_time"], UTC),
        valid_for=min(max(0.0, claims["exp"] - date - 1), LONGEST_VALID),
        lead=max(date, claims["iat"]) - time.time(),  # a proxy with a clock that is behind makes no proof younger
    )


def _date(response: httpx.Response) -> float:
    """Return when Dashboard has answered, by its own clock, in seconds since 1970; rounded down to a second."""
    date = response.headers.get("Date")
    return parsedate_to_datetime(date).timestamp() if date else time.time()


def read_claims(token: str) -> dict[str, Any]:
    """Return the claims of a JSON Web Token that Dashboard itself has just sent; its signature is for proxies."""
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


CHECK = Operation("GET", "/api/check", read_identity)
