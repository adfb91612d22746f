"""Faults are answered without a detail and logged, and what is refused is no fault."""

import logging
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test.client import ClientHandler

import accounts.parameters
import accounts.services.credentials
import accounts.services.deletion
import resetcodes.services.reset_codes
import sessions_app.services.sessions
from accounts.models import Account
from tests.api.conventions.sending import (
    ADMINISTRATOR_POST,
    GUEST_PATCH,
    GUEST_POST,
    USER_GET,
    is_refusal,
    path_about,
    send,
    table,
)
from tests.client import ApiClient


def fail(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("the password of the database is hunter2")


def failing_middleware(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        return fail()  # type: ignore[return-value]

    return middleware


def is_logged(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether an error is logged with the traceback of `fail`."""
    return any(
        record.levelno == logging.ERROR and record.exc_info and "hunter2" in str(record.exc_info[1])
        for record in caplog.records
    )


@pytest.mark.parametrize("debug", [False, True])
@table(
    "caller method route service",
    [
        (*GUEST_POST, (sessions_app.services.sessions, "create_session")),
        (*GUEST_PATCH, (accounts.services.deletion, "reset_own_account_deleted")),
        (*USER_GET, (accounts.parameters, "own_account")),
        (
            "administrator",
            "PATCH",
            "administrator/reset-session-key",
            (accounts.services.credentials, "reset_session_key"),
        ),
        (*ADMINISTRATOR_POST, (resetcodes.services.reset_codes, "create_reset_code")),
    ],
)
def test_fault_of_the_server(
    *,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    settings: Any,
    caller: ApiClient,
    method: str,
    route: str,
    service: Any,
    debug: bool,
) -> None:
    settings.DEBUG = debug
    monkeypatch.setattr(*service, fail)
    response = send(caller, method, path_about(route, caller))
    assert is_refusal(response, 500, "unknown-error")
    assert b"hunter2" not in response.content
    assert b"RuntimeError" not in response.content
    assert is_logged(caplog)


@pytest.mark.parametrize("debug", [False, True])
def test_fault_outside_of_a_route(
    guest: ApiClient, settings: Any, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    settings.DEBUG = debug
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.failing_middleware"]
    guest.client.handler = ClientHandler()
    response = guest.get("user/nothing")
    assert response.status_code == 500
    assert b"hunter2" not in response.content
    assert is_refusal(response, 500, "unknown-error")
    assert is_logged(caplog)


def test_a_refused_request_is_no_fault_in_the_log(user: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    user.get("user/account", accountid="acct_0123456789abcdef")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_refused_request_changes_nothing(user: ApiClient) -> None:
    user.patch("user/reset-session-key", b"&".join(b"f%d=1" % n for n in range(1001)), accountid=user.account.accountid)
    assert Account.objects.get(pk=user.account.pk).session_key_number == 1
