"""Refusals that are logged: which, with what, how many, and without secrets."""

import json
import logging
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dashboard.api.access.refusals import METRICS_TOKEN, log_refusal, logger
from dashboard.core.actor import Actor, ActorKind
from dashboard.observability.logging import log_formatter
from tests.client import ApiClient
from tests.factories import TOKEN, AccountFactory, SessionFactory

APPLICATION_SERVER, APPLICATION_TOKEN = "https://app.example.com", "a token of the application server"
PASSWORD = "correct horse battery staple"


class Lines:
    """What the logger of refusals would have written to stderr."""

    def __init__(self) -> None:
        self.stream = StringIO()

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter([json.loads(line) for line in self.stream.getvalue().splitlines()])

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(line["reason"], line["code"]) for line in self]


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines = Lines()
    handler = logging.StreamHandler(lines.stream)
    handler.setFormatter(log_formatter(readable=False))
    logger.addHandler(handler)
    yield lines
    logger.removeHandler(handler)


def visitor(number: int, kind: ActorKind = ActorKind.ANYBODY) -> Actor:
    return Actor(kind, None, f"2001:db8:0:{number:x}::1")


def test_line_says_who_asked_for_what_and_from_where(user: ApiClient, lines: Lines) -> None:
    session = SessionFactory()
    response = user.get("user/session", sessionid=session.pk)
    (line,) = lines
    line.pop("timestamp")
    assert line == {
        "level": "warning",
        "logger": "dashboard.refusals",
        "message": f"Access refused: not-owned, to {user.account.pk}",
        "reason": "not-owned",
        "code": "invalid-account",
        "account": user.account.pk,
        "target": session.pk,
        "network": "127.0.0.1/32",
        "method": "GET",
        "path": "/api/user/session",
        "address": "127.0.0.1",
        "request_id": response["X-Request-ID"],
    }


def test_roles(user: ApiClient, administrator: ApiClient, lines: Lines) -> None:
    accountid = AccountFactory().pk
    user.get("administrator/account", accountid=accountid)
    administrator.patch("administrator/set-owner-account", accountid=accountid)
    assert lines.kinds == [("administrator-required", "administrator-required"), ("owner-required", "invalid-account")]


def test_wrong_application_server(guest: ApiClient, settings: Any, lines: Lines) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = APPLICATION_SERVER, APPLICATION_TOKEN
    guest.client.get(
        "/api/user/account",
        headers={"x-application-server": APPLICATION_SERVER, "x-application-server-token": "guessed"},
    )
    assert lines.kinds == [("invalid-application-server", "sign-in-required")]


def test_page_of_another_origin(user: ApiClient, lines: Lines) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert user.call("PATCH", "user/set-session-ended", headers=headers).status_code == 403
    assert lines.kinds == [("invalid-origin", "invalid-origin")]


def test_metrics_without_the_token(guest: ApiClient, settings: Any, lines: Lines) -> None:
    settings.PROMETHEUS_TOKEN = "a token of the monitoring"
    guest.client.get("/metrics", headers={"Authorization": "Bearer guessed"})
    assert lines.kinds == [(METRICS_TOKEN, "sign-in-required")]
    assert "guessed" not in lines.stream.getvalue()


def test_limit_that_was_reached(guest: ApiClient, settings: Any, lines: Lines) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_SIGN_IN = True, "1/hour"
    for _ in range(2):
        guest.post("user/create-session", {"username": "somebody", "password": PASSWORD})
    assert lines.kinds == [("too-many-requests", "too-many-requests")]


@pytest.mark.parametrize(("sent", "length"), [("{", 1000), ("{" * 1001, 1000)], ids=["malformed", "too long"])
def test_request_that_no_client_makes(guest: ApiClient, settings: Any, lines: Lines, sent: str, length: int) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = settings.MAXIMUM_POST_DATA_LENGTH = length
    guest.client.post("/api/user/create-session", sent, content_type="application/json")
    assert lines.kinds == [("invalid-request-length",) * 2 if len(sent) > length else ("invalid-request",) * 2]


def test_host_that_is_not_served_and_form_of_too_many_fields(guest: ApiClient, lines: Lines) -> None:
    guest.client.get("/api/user/account", headers={"Host": "other.example.com"})
    guest.client.post("/admin/login/", {f"field {number}": "" for number in range(1001)})
    assert lines.kinds == [("invalid-request", "invalid-request")] * 2


def test_mistakes_are_not_logged(guest: ApiClient, user: ApiClient, lines: Lines) -> None:
    guest.get("user/account")
    guest.get("no-such-route")
    user.get("user/session", sessionid="none")
    user.post("user/create-profile", {})
    assert lines.kinds == []


def test_no_secret_is_in_a_line(user: ApiClient, settings: Any, lines: Lines) -> None:
    """Of a request that has secrets in its path, query, headers and body."""
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = APPLICATION_SERVER, APPLICATION_TOKEN
    secrets = {"password": PASSWORD, "secretCode": "a-secret-code", "token": TOKEN}
    headers = {"Authorization": f"Bearer {user.session.pk}.{TOKEN}", "Cookie": f"token={TOKEN}"}
    other = SessionFactory().pk
    for given in (
        {"Sec-Fetch-Site": "cross-site"},
        {"X-Application-Server-Token": APPLICATION_TOKEN},
        headers,
        headers | {"Host": "other.example.com"},
    ):
        user.call("PATCH", "user/set-session-ended", secrets, headers=given, sessionid=other, **secrets)
    user.client.get(f"/api/{TOKEN}", headers={"Host": "other.example.com"})
    assert len(lines.kinds) >= 4
    for secret in (*secrets.values(), APPLICATION_TOKEN):
        assert secret not in lines.stream.getvalue()


def test_few_lines_a_minute_for_each_reason_and_network(lines: Lines) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for reason, network in (("one", 1), ("one", 2), ("other", 1)):
            for _ in range(20):
                log_refusal(reason, visitor(network))
        assert len(lines.kinds) == 15
        clock.shift(120)
        log_refusal("one", visitor(1))
        assert len(lines.kinds) == 16


def test_60_lines_a_minute_for_each_reason(lines: Lines) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        for number in range(100):
            log_refusal("one", visitor(number))
        log_refusal("other", visitor(0))
    assert [reason for reason, _ in lines.kinds] == ["one"] * 60 + ["other"]
