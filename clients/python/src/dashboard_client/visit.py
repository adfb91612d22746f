"""What the middleware of every framework does with a request. Nothing here sends anything or knows a framework."""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypedDict
from urllib.parse import quote, urlsplit

from dashboard_client.errors import (
    AdministratorRequired,
    CredentialRefused,
    CrossOriginRefused,
    DashboardError,
    SignInRequired,
    Unavailable,
)
from dashboard_client.generated.codes import OwnerRequired, VerificationRequired
from dashboard_client.generated.models import Session
from dashboard_client.transport import Browser, Credentials, Identity

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")  # RFC 9110, section 9.2.1
SESSIONID = re.compile(r"sess_[0-9a-f]{16}")
TOKEN = re.compile(r"[0-9a-f]{64}")
LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\s\x00-\x1f\x7f]*")
BROWSERID = re.compile(r"[0-9a-f]{32}")
IN_PATH, IN_QUERY = "/!$&'()*+,;=:@", "/!$&'()*+,;=:@?%"  # what is not encoded: RFC 3986, sections 3.3 and 3.4
DEFAULT_PORTS = {"http": 80, "https": 443}
PRIVATE = "private, no-store"
RETRY_AFTER = 2  # seconds, where Dashboard does not say
BROWSER_COOKIE = "dashboard_browser"
HOST_PREFIX = "__Host-"  # of a cookie that this host alone can set: RFC 6265bis, section 4.1.3.2
COOKIE_PREFIXES = ("", HOST_PREFIX, "__Secure-")  # that Dashboard's own names may have
BROWSER_COOKIE_SECONDS = 400 * 24 * 3600


@dataclass(frozen=True, kw_only=True)
class Options:
    """How the middleware behaves. Paths are of the application.

    `sign_in_path` and `verify_path` are the pages to which a browser is led that is not signed in, or whose password
    was verified too long ago. `cookie_names` are those of the session's id and its token; by default `sessionid` and
    `token`, with `__Host-` before them under https, so that no other host can set them. `secure` says whether cookies
    are for https alone; None: as the request is. `trusted_origins` may send forms to the application from elsewhere,
    and are full: https://www.example.com.
    """

    sign_in_path: str = "/sign-in"
    verify_path: str = ""
    cookie_names: tuple[str, str] | None = None
    secure: bool | None = None
    trusted_origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.trusted_origins, str):  # parts of which would be trusted
            raise TypeError("trusted_origins has to be a tuple, also with one origin.")


class OptionFields(TypedDict, total=False):
    """The fields of `Options`, as arguments."""

    sign_in_path: str
    verify_path: str
    cookie_names: tuple[str, str] | None
    secure: bool | None
    trusted_origins: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Incoming:
    """A request to the application. Names of headers are in lower case; `target` is the path with its query."""

    method: str
    target: str
    host: str
    is_secure: bool
    address: str
    headers: Mapping[str, str]

    @property
    def wants_page(self) -> bool:
        """Whether the response is for a person, who can be redirected to another page."""
        return "text/html" in self.headers.get("accept", "")

    @property
    def opens_websocket(self) -> bool:
        """Whether a GET opens a WebSocket, whose messages browsers let any page send: RFC 6455, section 10.2."""
        return self.headers.get("upgrade", "").lower() == "websocket"


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie to set: HttpOnly, SameSite=Lax, for the whole application. With 0 seconds it is removed."""

    name: str
    value: str = field(repr=False)
    seconds: int
    is_secure: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """A response of the middleware, instead of one of the application."""

    status: int
    headers: dict[str, str]
    body: str = ""


class Visit:
    """A request as the middleware sees it: who sends it, and which cookies the response sets."""

    def __init__(self, incoming: Incoming, options: Options) -> None:
        self.incoming, self.options = incoming, options
        self.jar = cookies_of(incoming.headers.get("cookie", ""))
        self.credentials = self._credentials()
        self.identity: Identity | None = None
        self.is_checked = False  # whether `identity` is known
        self.is_private = False  # whether the response depends on the caller
        self.cookies: list[Cookie] = []

    def _credentials(self) -> Credentials | None:
        sessionid, token = (self.jar.get(name, "") for name in self.cookie_names)
        is_whole = SESSIONID.fullmatch(sessionid) and TOKEN.fullmatch(token)
        return Credentials(sessionid, token) if is_whole else None

    def refuse_other_sites(self) -> None:
        """Raise CrossOriginRefused if the page of another site requests a change or opens a WebSocket."""
        is_safe = self.incoming.method in SAFE_METHODS and not self.incoming.opens_websocket
        if not is_safe and is_cross_origin(self.incoming, self.options.trusted_origins):
            raise CrossOriginRefused("Another site may not make this request.", status=HTTPStatus.FORBIDDEN)

    def browser(self) -> Browser:
        """Return the browser as Dashboard gets to know it at a sign-in."""
        browserid = self.jar.get(f"{self._prefix}{BROWSER_COOKIE}", "")
        known = BROWSERID.fullmatch(browserid)
        cookies = {f"{prefix}{BROWSER_COOKIE}": browserid for prefix in COOKIE_PREFIXES} if known else {}
        return Browser(self.incoming.address, self.incoming.headers.get("user-agent", ""), cookies)

    def sign_in(self, session: Session, browserid: str = "") -> None:
        """Set the cookies of a new session, and of its browser, in the response."""
        self.credentials = Credentials(session.sessionid, session.token or "")
        self.is_checked, self.is_private = False, True
        values = zip(self.cookie_names, (session.sessionid, session.token or ""), strict=True)
        self.cookies = [Cookie(name, value, session.duration, self.is_secure) for name, value in values]
        if BROWSERID.fullmatch(browserid):
            name = f"{self._prefix}{BROWSER_COOKIE}"
            self.cookies.append(Cookie(name, browserid, BROWSER_COOKIE_SECONDS, self.is_secure))

    def forget(self) -> None:
        """Remove the cookies in the response."""
        self.credentials, self.identity, self.is_checked = None, None, True
        self.is_private = True
        self.cookies = [Cookie(name, "", 0, self.is_secure) for name in self.cookie_names]

    @property
    def cookie_names(self) -> tuple[str, str]:
        """The names of the cookies with the session's id and with its token."""
        return self.options.cookie_names or (f"{self._prefix}sessionid", f"{self._prefix}token")

    @property
    def _prefix(self) -> str:
        return HOST_PREFIX if self.is_secure else ""

    @property
    def is_secure(self) -> bool:
        """Whether cookies are sent by https alone."""
        return self.incoming.is_secure if self.options.secure is None else self.options.secure

    def require(self, *, administrator: bool = False, owner: bool = False, within: float | None = None) -> Identity:
        """Return the caller. Raises the error of the first condition that does not hold."""
        if self.identity is None:
            raise SignInRequired("Sign in required")
        if administrator and not self.identity.administrator:
            raise AdministratorRequired("Administrator required")
        if owner and not self.identity.owner:
            raise OwnerRequired("The account is not the owner.", status=HTTPStatus.FORBIDDEN)
        if within is not None and not self.identity.is_verified(within):
            raise VerificationRequired("Verify your password again first.", status=HTTPStatus.FORBIDDEN)
        return self.identity

    def cache_headers(self, given: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return the headers to add to a response, so that no cache gives one person's page to another.

        A response with a Cache-Control of its own keeps it, and still varies by the cookies.
        """
        if not self.is_private:
            return []
        names = {name.lower() for name, _ in given}
        varied = {
            field.strip().lower() for name, value in given if name.lower() == "vary" for field in value.split(",")
        }
        control = [] if "cache-control" in names else [("Cache-Control", PRIVATE)]
        return control + ([] if varied & {"*", "cookie"} else [("Vary", "Cookie")])

    def answer(self, error: DashboardError) -> Answer:
        """Return the response to an error: a redirect, if the person can do something about it on another page.

        Raises the error again if only the operator of the application can.
        """
        if isinstance(error, CredentialRefused):
            raise error
        if self.incoming.wants_page and (place := self._place(error)):
            status = HTTPStatus.FOUND if self.incoming.method in SAFE_METHODS else HTTPStatus.SEE_OTHER
            return Answer(status, {"Location": place, "Cache-Control": "no-store"})
        return self._refusal(error)

    def _place(self, error: DashboardError) -> str:
        """Return the address of the page that helps, with that of the page to return to."""
        pages = {
            SignInRequired: self.options.sign_in_path,
            VerificationRequired: self.options.verify_path or self.options.sign_in_path,
        }
        page = pages.get(type(error), "")
        if not page or urlsplit(self.incoming.target).path == urlsplit(page).path:
            return ""
        if self.incoming.method not in SAFE_METHODS:
            return page
        return f"{page}{'&' if '?' in page else '?'}next={quote(self.incoming.target, safe='/')}"

    def _refusal(self, error: DashboardError) -> Answer:
        status = HTTPStatus.SERVICE_UNAVAILABLE if isinstance(error, Unavailable) else error.status
        headers = {"Cache-Control": "no-store"}
        if isinstance(error, Unavailable) or error.retry_after is not None:
            headers["Retry-After"] = str(int(error.retry_after or RETRY_AFTER))
        if self.incoming.wants_page:
            return Answer(status, headers | {"Content-Type": "text/plain; charset=utf-8"}, error.detail)
        if isinstance(error, SignInRequired | AdministratorRequired):
            body = {"object": "auth", "message": error.detail}
        else:
            body = {"object": "error", "message": error.code, "detail": error.detail}
        return Answer(status, headers | {"Content-Type": "application/json"}, json.dumps(body))


def proof(within: float) -> float:
    """Return within how many seconds a password is to have been verified. Raises TypeError where that is no number.

    With None, `Visit.require` wants no proof, and a setting that is missing must not come to that.
    """
    if not isinstance(within, int | float):
        raise TypeError("The seconds within which the password was verified have to be a number.")
    return within


def cookies_of(header: str) -> dict[str, str]:
    """Return the cookies of a request that are there once.

    RFC 6265, section 4.2.2, leaves open which of two counts, and somebody who can set a cookie for the host, for
    instance from another of its subdomains, can add one: so neither counts.
    """
    pairs = [pair.strip().partition("=") for pair in header.split(";")]
    times = Counter(name for name, _, _ in pairs)
    return {name: value.strip('"') for name, _, value in pairs if times[name] == 1}


def is_cross_origin(incoming: Incoming, trusted: tuple[str, ...]) -> bool:
    """Whether the browser says that the page of another origin makes this request.

    The rule is that of Go's net/http CrossOriginProtection (F. Valsorda, "Cross-Site Request Forgery", 2025), as
    Dashboard itself has it. A client that sends neither header is not a current browser.
    """
    origin = incoming.headers.get("origin")
    if origin in trusted:
        return False
    if site := incoming.headers.get("sec-fetch-site"):
        return site not in ("same-origin", "none")
    if origin is None:
        return False
    scheme = origin.partition("://")[0].lower()
    theirs = _host(origin)
    return theirs is None or theirs != _host(f"{scheme}://{incoming.host}")  # a proxy may hide the request's own scheme


def _host(address: str) -> tuple[str, int] | None:
    """Return the host of an origin in lower case, and its port; None if it has none, or is not one of http or https."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    default = DEFAULT_PORTS.get(parts.scheme)
    if not parts.hostname or default is None:
        return None
    return parts.hostname, default if port is None else port


def target_of(path: str, query: bytes) -> str:
    """Return a path that the server has decoded, with its query, as they stand in an address."""
    return quote(path, safe=IN_PATH) + (f"?{quote(query, safe=IN_QUERY)}" if query else "")


def local_path(target: str, default: str = "/") -> str:
    """Return a path of this application, such as `next` of the sign-in page names; `default` for anything else.

    What leads to another host is refused: `//host`, `/\\\\host`, and what browsers read so after they remove controls.
    """
    return target if LOCAL_PATH.fullmatch(target) else default
