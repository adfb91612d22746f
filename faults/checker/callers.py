"""Clients that write down what becomes of each of their requests."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from time import monotonic
from typing import Any
from urllib.parse import urlencode

from benchmarks.revocation.revocation_scenarios import FORM, Access, SignedIn
from faults.checker.record import Accepted, Answer, Outcome, Record
from throwaway.programs import HOST

REFUSALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
PATIENCE_SECONDS = 30.0  # after which a client gives a request up


class UnansweredError(Exception):
    """A request was not answered by Dashboard."""


@dataclass(frozen=True)
class Target:
    """A server, or a proxy in front of some."""

    name: str
    connect: Callable[[], HTTPConnection]
    host: str = HOST

    @classmethod
    def server(cls, port: int) -> "Target":
        return cls(f"127.0.0.1:{port}", lambda: HTTPConnection(HOST, port, timeout=PATIENCE_SECONDS))


class Caller(Access):
    """A connection that is kept open, and opened again after a failure."""

    def __init__(self, target: Target, record: Record) -> None:
        self.target, self.record = target, record
        self.connection = target.connect()

    def ask(
        self, method: str, route: str, session: SignedIn | None = None, body: dict[str, str] | None = None, **query: str
    ) -> tuple[int, Any]:
        """Return the status and the JSON of an answer. Raises UnansweredError."""
        headers = FORM | {"Host": self.target.host}
        if session:
            headers["Authorization"] = f"Bearer {session.sessionid}.{session.token}"
        request, began = f"{method} {route} {self.target.name}", monotonic()
        try:
            self.connection.request(method, f"/api/{route}?{urlencode(query)}", urlencode(body or {}), headers)
            response = self.connection.getresponse()
            status, content = response.status, response.read()
        except (OSError, HTTPException) as error:
            self.connection.close()
            outcome = Outcome.SILENT if isinstance(error, TimeoutError) else Outcome.CUT
            self.record.answers.append(Answer(outcome, began, monotonic(), request, repr(error)))
            raise UnansweredError(request) from error
        return self._noted(request, began, status, content)

    def _noted(self, request: str, began: float, status: int, content: bytes) -> tuple[int, Any]:
        try:
            answer = json.loads(content)
        except ValueError:
            answer = None
        outcome = _outcome(status, is_json=isinstance(answer, dict | list | int))
        detail = "" if outcome == Outcome.ANSWERED else f"{status} {content[:200]!r}"
        self.record.answers.append(Answer(outcome, began, monotonic(), request, detail))
        if outcome in (Outcome.PROXY, Outcome.FAULT) and answer is None:
            raise UnansweredError(request)
        return status, answer

    def check(self, session: SignedIn) -> None:
        """Check a session as its own, and note if the answer is wrong. Raises UnansweredError."""
        with self.record.lock:
            ended = self.record.ended.get(session.sessionid)
        began = monotonic()
        status, _ = self.ask("GET", "user/session", session, sessionid=session.sessionid)
        with self.record.lock:
            self.record.checks += 1
            if ended and status == HTTPStatus.OK:
                late = began - ended.answered
                self.record.accepted.append(Accepted(session.sessionid, late, self.target.name))
            elif not ended and status in REFUSALS and session.sessionid in self.record.live:
                self.record.refused.append(f"{session.sessionid} {status} {self.target.name}")


def _outcome(status: int, *, is_json: bool) -> Outcome:
    if status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Outcome.ANSWERED if is_json else Outcome.FAULT
    if not is_json and status in (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT):
        return Outcome.PROXY
    return Outcome.UNAVAILABLE if status == HTTPStatus.SERVICE_UNAVAILABLE else Outcome.FAULT
