"""What a Dashboard answers, for tests without one."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import httpx
from dashboard_client import AsyncDashboard, Dashboard

ACCOUNTID, SESSIONID, TOKEN = "acct_0123456789abcdef", "sess_0123456789abcdef", "ab" * 32
NOW = "2026-11-26T20:43:31.000Z"
SESSION = {
    "sessionid": SESSIONID,
    "object": "session",
    "appid": "dashboard",
    "accountid": ACCOUNTID,
    "duration": 1200,
    "csrfToken": "c" * 128,
    "token": TOKEN,
    "expiresAt": NOW,
    "lastVerifiedAt": NOW,
    "ended": False,
    "createdAt": NOW,
    "updatedAt": NOW,
}
SIGN_IN_REQUIRED = {"object": "auth", "message": "Sign in required"}
COOKIES = f"sessionid={SESSIONID}; token={TOKEN}"
Handler = Callable[[httpx.Request], httpx.Response]


def error(code: str, **more: Any) -> dict[str, Any]:
    return {"object": "error", "message": code, "detail": "A sentence.", **more}


def identity(
    *,
    accountid: str = ACCOUNTID,
    sessionid: str = SESSIONID,
    administrator: bool = False,
    owner: bool = False,
    verified_ago: int = 0,
) -> httpx.Response:
    """Return the answer of a check that lets somebody pass."""
    now = int(time.time())
    claims = {
        "sub": accountid,
        "sid": sessionid,
        "administrator": administrator,
        "owner": owner,
        "auth_time": now - verified_ago,
        "iat": now,
        "exp": now + 60,
    }
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    headers = {"X-Account-Id": accountid, "X-Session-Id": sessionid, "X-Identity": f"head.{payload}.signature"}
    return httpx.Response(204, headers=headers)


class Recorded:
    """Answers with what is given, in turn; the last answer again and again. Keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers, self.requests = list(answers), list[httpx.Request]()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers.multi_items(), content=answer.content)

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self)

    def client(self, **options: Any) -> Dashboard:
        return Dashboard("http://dashboard.test/", transport=self.transport, **options)

    def async_client(self, **options: Any) -> AsyncDashboard:
        return AsyncDashboard("http://dashboard.test", transport=self.transport, **options)
