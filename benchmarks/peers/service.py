"""What the benchmark needs of an account service: sign in, check a session, end all sessions of a person."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from benchmarks.load import Request

PEOPLE = 48
PASSWORD = "a password of the benchmark"  # noqa: S105

Call = Callable[[Request], httpx.Response]


def username(number: int) -> str:
    return f"somebody{number}@example.org"


@dataclass(frozen=True)
class SignedIn:
    """The credentials that a signed-in person sends."""

    cookie: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    accountid: str = ""


class Service(ABC):
    """An account service at an address."""

    name: str
    password_hash: str

    def __init__(self, url: str) -> None:
        self.url = url

    @abstractmethod
    def sign_in(self, number: int) -> Request:
        """Return the request that signs one of the people in with the password."""

    @abstractmethod
    def signed_in(self, response: httpx.Response) -> SignedIn:
        """Return the credentials that the person sends from now on."""

    @abstractmethod
    def check(self, who: SignedIn) -> Request:
        """Return the request that checks a session, as an application does for every request of its users."""

    def end_all(self, call: Call, who: SignedIn) -> httpx.Response | None:
        """End all sessions of a person. Return None if the service cannot."""
        return None

    def is_accepted(self, response: httpx.Response) -> bool:
        """Return whether a check has found a session."""
        return response.status_code == httpx.codes.OK


class Peer(Service):
    """A service that a run starts, with DATABASE_URL, REDIS_URL, SECRET_KEY, HOST, PORT and WORKERS set."""

    @abstractmethod
    def prepare(self) -> list[str]:
        """Return the command that creates tables, and people where the service has no sign-up."""

    @abstractmethod
    def serve(self) -> list[str]:
        """Return the command of the server."""

    def sign_up(self, number: int) -> Request | None:
        """Return the request that creates an account, or None if `prepare` creates it."""
        return None

    @property
    def directory(self) -> Path | None:
        """The directory to start in."""
        return None

    def settings(self, environment: dict[str, str]) -> dict[str, str]:
        """Return the environment variables that the service needs in addition to those of the run."""
        return {}


class DashboardContract(Service):
    """A server with the routes of Node Dashboard, under `api`."""

    @property
    @abstractmethod
    def api(self) -> str:
        """The address of its routes."""

    @abstractmethod
    def form(self, number: int) -> str:
        """Return the form with which one of the people signs in."""

    def sign_in(self, number: int) -> Request:
        return Request("POST", f"{self.api}/user/create-session", form=self.form(number))

    def signed_in(self, response: httpx.Response) -> SignedIn:
        said = response.json()
        return SignedIn(f"sessionid={said['sessionid']}; token={said['token']}", accountid=said["accountid"])

    def check(self, who: SignedIn) -> Request:
        return Request("GET", f"{self.api}/user/session?{who.cookie.partition(';')[0]}", who.cookie)

    def end_all(self, call: Call, who: SignedIn) -> httpx.Response:
        return call(Request("PATCH", f"{self.api}/user/reset-session-key?accountid={who.accountid}", who.cookie))

    def create_reset_code(self, who: SignedIn) -> Request:
        address = f"{self.api}/user/create-reset-code?accountid={who.accountid}"
        return Request("POST", address, who.cookie, "secret-code=Kx82mQz71pLw")


class Dashboard(DashboardContract):
    """Dashboard itself, with the people of benchmarks/seed.py."""

    name = "Dashboard"
    password_hash = "bcrypt 12"  # noqa: S105

    def __init__(self, url: str, rows: Any) -> None:
        super().__init__(url)
        self.rows = rows

    @property
    def api(self) -> str:
        return self.url

    def form(self, number: int) -> str:
        form: str = self.rows["forms"][number]
        return form

    def check_for_proxies(self, who: SignedIn) -> Request:
        return Request("GET", f"{self.api}/check", who.cookie)
