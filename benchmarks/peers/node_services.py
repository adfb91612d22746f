"""The peers from the npm registry."""

import json
from pathlib import Path
from urllib.parse import quote

import httpx

from benchmarks.load import Request
from benchmarks.peers import installation
from benchmarks.peers.service import PASSWORD, Call, DashboardContract, Peer, SignedIn, username


class _NodeProgram(Peer):
    """A program in the folder `node`."""

    file: str

    def prepare(self) -> list[str]:
        return [*self.serve(), "migrate"]

    def serve(self) -> list[str]:
        return ["node", self.file]

    @property
    def directory(self) -> Path:
        return installation.node()


class BetterAuth(_NodeProgram):
    name = "better-auth 1.7.25"
    password_hash = "scrypt, N = 16,384, r = 16"  # noqa: S105
    file = "better_auth.mjs"

    def sign_up(self, number: int) -> Request:
        return self._post("sign-up/email", {"name": "Somebody", "email": username(number), "password": PASSWORD})

    def sign_in(self, number: int) -> Request:
        return self._post("sign-in/email", {"email": username(number), "password": PASSWORD})

    def signed_in(self, response: httpx.Response) -> SignedIn:
        cookies = response.headers.get_list("set-cookie")
        return SignedIn("; ".join(cookie.partition(";")[0] for cookie in cookies), self._client)

    def check(self, who: SignedIn) -> Request:
        return Request("GET", f"{self.url}/api/auth/get-session", who.cookie, headers=who.headers)

    def end_all(self, call: Call, who: SignedIn) -> httpx.Response:
        return call(self._post("revoke-sessions", {}, who.cookie))

    def is_accepted(self, response: httpx.Response) -> bool:
        return super().is_accepted(response) and response.json() is not None

    def _post(self, route: str, body: dict[str, str], cookie: str = "") -> Request:
        headers = (("Content-Type", "application/json"), ("Origin", self.url), *self._client)
        return Request("POST", f"{self.url}/api/auth/{route}", cookie, json.dumps(body), headers)

    _client = (("X-Forwarded-For", "192.0.2.1"),)  # as a proxy would send it; rate limits depend on it


class BetterAuthCookieCache(BetterAuth):
    """better-auth with its cookie cache: for five minutes, a signed cookie alone is accepted as a session."""

    name = "better-auth 1.7.25, cookie cache of 300 s"

    def settings(self, environment: dict[str, str]) -> dict[str, str]:
        return {"COOKIE_CACHE_SECONDS": "300"}


class NodeDashboard(DashboardContract, _NodeProgram):
    name = "@layeredapps/dashboard 0.0.150"
    password_hash = "bcrypt 10, in JavaScript"  # noqa: S105
    file = "node_dashboard.js"

    @property
    def api(self) -> str:
        return f"{self.url}/api"

    def form(self, number: int) -> str:
        return f"username={quote(username(number))}&password={quote(PASSWORD)}"

    def sign_up(self, number: int) -> Request:
        return Request("POST", f"{self.api}/user/create-account", form=self.form(number))

    def settings(self, environment: dict[str, str]) -> dict[str, str]:
        """Store rows in PostgreSQL, cache and metrics in Redis, and write no helper files at startup."""
        return {
            "STORAGE": "postgresql",
            "STORAGE_CACHE": "redis",
            "STORAGE_METRICS": "redis",
            "DASHBOARD_SESSION_KEY": environment["SECRET_KEY"],
            "DASHBOARD_SERVER": self.url,
            "GENERATE_SITEMAP_TXT": "false",
            "GENERATE_API_TXT": "false",
            "GENERATE_ENV_TXT": "false",
        }
