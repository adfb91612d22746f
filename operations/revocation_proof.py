"""Measure how long a running application still accepts sessions that have ended, with made-up accounts.

Each session is ended by the service that the API and the site call. Several connections keep asking the application for
a page, because each of its processes may cache sessions separately.
"""

import http.client
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from accounts.models import Account
from accounts.services import credentials, deletion, registration
from dashboard.core.actor import Actor
from sessions_app.models import Session
from sessions_app.services import sessions

CONNECTIONS = 4
WARM_UP = 5  # requests of each connection that a session has to pass before it is ended
QUIET = 2.0  # seconds without an accepted request, after which a session counts as refused
LONGEST = 30.0  # seconds after which the proof stops waiting
TIME_LIMIT = 10.0  # seconds for one request
COOKIE_NAMES = ("sessionid", "token")

Ended = Callable[[Account, Session, Session, Actor], object]  # the session to end, and another one of the account

WAYS: dict[str, Ended] = {
    "end_session": lambda account, session, other, actor: sessions.set_session_ended(session.sessionid, actor),
    "end_other_sessions": lambda account, session, other, actor: sessions.end_other_sessions(
        account.accountid, other.sessionid, actor
    ),
    "reset_session_key": lambda account, session, other, actor: credentials.reset_session_key(account.accountid, actor),
    "schedule_deletion": lambda account, session, other, actor: deletion.set_account_deleted(account.accountid, actor),
}


class NotProvableError(Exception):
    """The page of the application does not tell sessions apart."""


@dataclass(frozen=True)
class Page:
    """A page of an application that requires signing in, and the names of the application's two cookies."""

    url: str
    cookie_names: tuple[str, str] = COOKIE_NAMES

    def cookies(self, sessionid: str, token: str) -> str:
        """Return the header for a session, with the names that cookies have under https, too."""
        values = dict(zip(self.cookie_names, (sessionid, token), strict=True))
        prefixes = ("", "__Host-", "__Secure-")
        return "; ".join(f"{prefix}{name}={value}" for prefix in prefixes for name, value in values.items())


@dataclass(frozen=True)
class Proof:
    """How a session was ended, and for how many seconds after that a request of it was still accepted.

    `seconds` is None if none was. `requests` were sent after the end.
    """

    way: str
    seconds: float | None
    requests: int


class Visitor(threading.Thread):
    """A connection that asks for the page again and again, and notes when its last accepted request was sent."""

    def __init__(self, page: Page, cookies: str) -> None:
        super().__init__(daemon=True)
        self.page, self.cookies = page, cookies
        self.stopped = threading.Event()
        self.accepted = self.sent = 0
        self.last_accepted = float("-inf")
        self.failure = ""

    def run(self) -> None:
        """Ask until stopped."""
        try:
            for begun, is_accepted in asking(self.page, self.cookies, self.stopped):
                self.sent += 1
                if is_accepted:
                    self.accepted += 1
                    self.last_accepted = begun
        except OSError as error:
            self.failure = f"{type(error).__name__}: {error}"
        except http.client.HTTPException as error:
            self.failure = type(error).__name__


def asking(page: Page, cookies: str, stopped: threading.Event) -> Iterator[tuple[float, bool]]:
    """Yield when each request for a page was sent, and whether it was accepted."""
    parts = urlsplit(page.url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TIME_LIMIT)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        while not stopped.is_set():
            begun = time.monotonic()
            connection.request("GET", target, headers={"Cookie": cookies, "Accept": "text/html"})
            response = connection.getresponse()
            response.read()
            yield begun, http.client.OK <= response.status < http.client.MULTIPLE_CHOICES
    finally:
        connection.close()


def prove(page: Page, rounds: int) -> Iterator[Proof]:
    """End sessions in each way, so many times, and yield what was found.

    Raises NotProvableError where the page is the same for everybody, or does not accept a valid session.
    """
    refuse_open_page(page)
    for way, end in WAYS.items():
        for _ in range(rounds):
            with made_up_account() as (account, session, other):
                yield proof(page, way, lambda: end(account, session, other, Actor.command_line()), session)  # noqa: B023


def proof(page: Page, way: str, end: Callable[[], object], session: Session) -> Proof:
    """End a session that the application accepts, and return for how long it was still accepted."""
    with visiting(page, page.cookies(session.sessionid, session.token or "")) as visitors:
        wait_until_accepted(visitors)
        end()
        ended, sent = time.monotonic(), sum(it.sent for it in visitors)
        while (now := time.monotonic()) - ended < LONGEST:
            if now - max(ended, *(it.last_accepted for it in visitors)) > QUIET:
                break
            time.sleep(0.05)
        refuse_failures(visitors)
        last = max(it.last_accepted for it in visitors)
        return Proof(way, last - ended if last > ended else None, sum(it.sent for it in visitors) - sent)


@contextmanager
def visiting(page: Page, cookies: str) -> Iterator[list[Visitor]]:
    visitors = [Visitor(page, cookies) for _ in range(CONNECTIONS)]
    for visitor in visitors:
        visitor.start()
    try:
        yield visitors
    finally:
        for visitor in visitors:
            visitor.stopped.set()
        for visitor in visitors:
            visitor.join()


def wait_until_accepted(visitors: list[Visitor]) -> None:
    latest = time.monotonic() + TIME_LIMIT
    while any(it.accepted < WARM_UP for it in visitors):
        refuse_failures(visitors)
        if time.monotonic() > latest:
            raise NotProvableError(
                "The application does not accept a valid session: are the page and its cookies right?"
            )
        time.sleep(0.01)


def refuse_failures(visitors: list[Visitor]) -> None:
    if failures := [it.failure for it in visitors if it.failure]:
        raise NotProvableError(f"The application did not answer. {failures[0]}")


def refuse_open_page(page: Page) -> None:
    """Raise NotProvableError for a page that accepts a session which does not exist."""
    cookies = page.cookies(f"sess_{secrets.token_hex(8)}", secrets.token_hex(32))
    try:
        _, is_accepted = next(asking(page, cookies, threading.Event()))
    except (OSError, http.client.HTTPException) as error:
        raise NotProvableError(f"The application did not answer. {type(error).__name__}: {error}") from error
    if is_accepted:
        raise NotProvableError("The page is the same for strangers: name one for members.")


@contextmanager
def made_up_account() -> Iterator[tuple[Account, Session, Session]]:
    """Create an account with two sessions, and delete it in the end."""
    username, password = f"revocation-proof-{secrets.token_hex(8)}", secrets.token_urlsafe(24)
    account = registration.create_account(username, password, {}, Actor.command_line())
    try:
        session, other = (sessions.create_session(username, password, "", Actor.command_line()) for _ in range(2))
        yield account, session, other
    finally:
        deletion.delete_account(account.accountid, Actor.command_line())
