"""manage.py prove_revocation: how long an application accepts ended sessions, measured on one that is made up here."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from accounts.models import Account
from dashboard.api.access.authentication import Credentials
from operations import revocation_proof
from sessions_app.models import Session
from sessions_app.services import sessions
from tests.factories import AccountFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]

Rule = Callable[[str, str], bool]  # whether an application lets a session in, by its id and token


class Remembering:
    """Accepts a session for some seconds after it was valid."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.seen = seconds, dict[str, float]()

    def __call__(self, sessionid: str, token: str) -> bool:
        if is_valid(sessionid, token):
            self.seen[sessionid] = time.monotonic()
        return time.monotonic() - self.seen.get(sessionid, float("-inf")) <= self.seconds


def is_valid(sessionid: str, token: str) -> bool:
    session, _ = sessions.authenticate(Credentials(sessionid, token), timezone.now())
    return session is not None


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation_proof, "QUIET", 0.3)
    monkeypatch.setattr(revocation_proof, "CONNECTIONS", 2)


@pytest.fixture
def serve() -> Iterator[Callable[[Rule], str]]:
    servers: list[ThreadingHTTPServer] = []

    def start(rule: Rule) -> str:
        class Application(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                cookies = SimpleCookie(self.headers.get("Cookie", ""))
                try:
                    is_in = rule(cookies["sessionid"].value, cookies["token"].value)
                finally:
                    connection.close()
                self.send_response(200 if is_in else 302)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Write nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/members"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def prove(url: str, *options: str) -> None:
    AccountFactory(owner=True)
    try:
        call_command("prove_revocation", "--app", url, "--rounds", "1", *options)
    finally:
        assert Account.objects.count() == 1  # what was made up is gone
        assert not Session.objects.exists()


@pytest.mark.postgresql  # the application reads the same database in its own threads
def test_application_that_asks_refuses_at_once(serve: Any, capsys: pytest.CaptureFixture[str]) -> None:
    prove(serve(is_valid), "--json", "--within", "5")
    found = json.loads(capsys.readouterr().out)
    assert [proof["way"] for proof in found["proofs"]] == [*revocation_proof.WAYS]
    assert all(proof["requests"] > 0 for proof in found["proofs"])


@pytest.mark.postgresql  # the application reads the same database in its own threads
def test_application_that_remembers_for_too_long_is_found_out(serve: Any) -> None:
    with pytest.raises(CommandError, match=r"accepted for 0\.[0-9]+ s: longer than 0\.1 s"):
        prove(serve(Remembering(0.6)), "--within", "0.1")


@pytest.mark.parametrize(
    ("rule", "reason"),
    [
        (lambda sessionid, token: True, "the same for strangers"),
        (lambda sessionid, token: False, "does not accept a valid session"),
    ],
)
def test_page_that_proves_nothing_is_refused(serve: Any, monkeypatch: Any, rule: Rule, reason: str) -> None:
    monkeypatch.setattr(revocation_proof, "TIME_LIMIT", 2.0)
    with pytest.raises(CommandError, match=reason):
        prove(serve(rule))


def test_application_that_is_not_there_is_said() -> None:
    with pytest.raises(CommandError, match="did not answer"):
        prove("http://127.0.0.1:9/")


def test_first_account_is_never_made_up(serve: Any) -> None:
    with pytest.raises(CommandError, match="Create the owner first"):
        call_command("prove_revocation", "--app", serve(is_valid))
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--app", "ftp://a"],
        ["--app", "http:///a"],
        ["--app", "http://[::1/"],
        ["--app", "http://a/f\u00fcr"],
        ["--app", "http://a", "--rounds", "0"],
        ["--app", "http://a", "--within", "nan"],
        ["--app", "http://a", "--cookie-names", "\u20ac", "token"],
    ],
)
def test_wrong_arguments_are_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match="Give the URL of a page"):
        call_command("prove_revocation", *arguments)
