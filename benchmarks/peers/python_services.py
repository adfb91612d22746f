"""The peers from PyPI."""

import base64
import json
from urllib.parse import quote

import httpx

from benchmarks.load import Request
from benchmarks.peers import installation
from benchmarks.peers.service import PASSWORD, PEOPLE, Call, Peer, SignedIn, username
from benchmarks.processes import HOST
from benchmarks.servers import WORKERS
from dashboard.core.workers import THREADS_PER_WORKER

JSON = ("Content-Type", "application/json")


class _DjangoSite(Peer):
    """A Django site on the same kind of server as Dashboard, with as many threads."""

    module: str

    def prepare(self) -> list[str]:
        return [installation.python(), "-m", self.module, str(PEOPLE), PASSWORD]

    def serve(self) -> list[str]:
        command = [installation.python(), "-m", "granian", "--interface", "wsgi", "--no-ws", "--log-level", "error"]
        command += ["--host", HOST, "--port", self.url.rpartition(":")[2], "--workers", str(WORKERS)]
        return [*command, "--blocking-threads", str(THREADS_PER_WORKER), f"{self.module}:application"]


class Knox(_DjangoSite):
    name = "django-rest-knox 5.1.0"
    password_hash = "PBKDF2, 1,000,000 iterations"  # noqa: S105
    module = "benchmarks.peers.servers.knox_site"

    def sign_in(self, number: int) -> Request:
        basic = base64.b64encode(f"{username(number)}:{PASSWORD}".encode()).decode()
        return Request("POST", f"{self.url}/sign-in", headers=(("Authorization", f"Basic {basic}"),))

    def signed_in(self, response: httpx.Response) -> SignedIn:
        return SignedIn(headers=(("Authorization", f"Token {response.json()['token']}"),))

    def check(self, who: SignedIn) -> Request:
        return Request("GET", f"{self.url}/check", headers=who.headers)

    def end_all(self, call: Call, who: SignedIn) -> httpx.Response:
        return call(Request("POST", f"{self.url}/logoutall", headers=who.headers))


class Allauth(_DjangoSite):
    name = "django-allauth 65.22.1"
    password_hash = "PBKDF2, 1,000,000 iterations"  # noqa: S105
    module = "benchmarks.peers.servers.allauth_site"

    def sign_in(self, number: int) -> Request:
        body = json.dumps({"username": username(number), "password": PASSWORD})
        return Request("POST", f"{self._api}/auth/login", headers=(JSON,), form=body)

    def signed_in(self, response: httpx.Response) -> SignedIn:
        return SignedIn(headers=(("X-Session-Token", response.json()["meta"]["session_token"]),))

    def check(self, who: SignedIn) -> Request:
        return Request("GET", f"{self._api}/auth/session", headers=who.headers)

    def end_all(self, call: Call, who: SignedIn) -> httpx.Response:
        """Read the list of sessions, and end them by their ids."""
        sessions = f"{self._api}/auth/sessions"
        ids = [it["id"] for it in call(Request("GET", sessions, headers=who.headers)).json()["data"]]
        return call(Request("DELETE", sessions, headers=(JSON, *who.headers), form=json.dumps({"sessions": ids})))

    @property
    def _api(self) -> str:
        return f"{self.url}/_allauth/app/v1"


class FastapiUsers(Peer):
    name = "fastapi-users 15.0.5"
    password_hash = "Argon2id, of pwdlib"  # noqa: S105
    module = "benchmarks.peers.servers.fastapi_users_app"

    def prepare(self) -> list[str]:
        return [installation.python(), "-m", self.module]

    def serve(self) -> list[str]:
        command = [installation.python(), "-m", "uvicorn", "--no-access-log", "--log-level", "error", "--host", HOST]
        port = self.url.rpartition(":")[2]
        return [*command, "--port", port, "--workers", str(WORKERS), f"{self.module}:application"]

    def sign_up(self, number: int) -> Request:
        body = json.dumps({"email": username(number), "password": PASSWORD})
        return Request("POST", f"{self.url}/auth/register", headers=(JSON,), form=body)

    def sign_in(self, number: int) -> Request:
        form = f"username={quote(username(number))}&password={quote(PASSWORD)}"
        return Request("POST", f"{self.url}/auth/login", form=form)

    def signed_in(self, response: httpx.Response) -> SignedIn:
        return SignedIn(headers=(("Authorization", f"Bearer {response.json()['access_token']}"),))

    def check(self, who: SignedIn) -> Request:
        return Request("GET", f"{self.url}/users/me", headers=who.headers)
