"""What is logged about a request: its id, and no secret."""

import json
import logging
import logging.config
import re
from collections.abc import Iterator
from io import StringIO
from ipaddress import ip_network
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction
from django.test import RequestFactory

from accounts.models import Account
from dashboard.observability import logging as logs
from sessions_app.services import sessions
from tests.application import application, kept_connections
from tests.client import ApiClient
from tests.factories import TOKEN, AccountFactory, SessionFactory

PASSWORD = "correct horse battery staple"
USERNAME = "somebody-in-particular"


class Log:
    """What the server would have written to stderr."""

    def __init__(self) -> None:
        self.stream = StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture(params=[False, True], ids=["json", "readable"])
def readable(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def log(readable: bool) -> Iterator[Log]:
    """All that is logged, also what is less than a warning in itself, as it would be written."""
    log = Log()
    handler = logging.StreamHandler(log.stream)
    handler.setFormatter(logs.log_formatter(readable=readable))
    logging.getLogger().addHandler(handler)
    yield log
    logging.getLogger().removeHandler(handler)


json_lines = pytest.mark.parametrize("readable", [False], indirect=True, ids=["json"])


def failing(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def create_session(username: str, password: str, remember: str, actor: Any, replaces: Any) -> Any:
        raise error

    monkeypatch.setattr(sessions, "create_session", create_session)


def logged(message: str, error: Exception | None = None, *, readable: bool = False) -> str:
    record = logging.LogRecord("test", logging.ERROR, "", 0, message, (), (type(error), error, None) if error else None)
    return logs.log_formatter(readable=readable).format(record)


@pytest.mark.parametrize("secret", [TOKEN, "0f" * 64, "$2b$12$vKira/C7IveRdpIsQanUf.7wyQAPM68.2moBCu5eJ0VWbwBsiGjWe"])
def test_a_secret_is_masked(secret: str, readable: bool) -> None:
    assert "before [masked], after" in logged(f"before {secret}, after", readable=readable)


def test_ids_are_not_masked(readable: bool) -> None:
    assert "sess_0123456789abcdef" in logged("sess_0123456789abcdef", readable=readable)


def test_a_row_that_the_database_quotes_is_masked(db: None, readable: bool) -> None:
    account = AccountFactory()
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        Account.objects.create(username_hash=account.username_hash)
    text = logged("failed", refused.value, readable=readable)
    assert "IntegrityError" in text
    assert account.username_hash not in text


def test_a_session_that_the_database_quotes_is_masked(db: None, readable: bool) -> None:
    session: Any = SessionFactory()
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        SessionFactory(sessionid=session.sessionid, account=session.account)
    text = logged("failed", refused.value, readable=readable)
    assert "IntegrityError" in text
    assert session.token_hash not in text


def test_a_line_of_json_has_these_fields() -> None:
    line = json.loads(logged("nothing\nhappened"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", line.pop("timestamp"))
    assert line == {"level": "error", "logger": "test", "message": "nothing\nhappened"}


def test_a_fault_has_neither_query_nor_body_nor_headers_nor_variables_in_the_log(
    guest: ApiClient, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, RuntimeError("broken"))
    body = {"username": USERNAME, "password": PASSWORD}
    headers = {"Authorization": f"Bearer sess_0123456789abcdef.{TOKEN}", "Cookie": f"token={TOKEN}"}
    response = guest.call("POST", "user/create-session", body, headers=headers, code="a-secret-code", token=TOKEN)
    assert response.status_code == 500
    assert "RuntimeError: broken" in log.text
    for secret in (USERNAME, PASSWORD, TOKEN, "a-secret-code", "correct"):
        assert secret not in log.text


@json_lines
def test_a_fault_is_logged_with_the_id_that_the_answer_has(
    guest: ApiClient, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, RuntimeError("broken"))
    first, second = (guest.post("user/create-session", {})["X-Request-ID"] for _ in range(2))
    assert first != second
    assert [line["request_id"] for line in log.lines] == [first, second]
    assert {(line["method"], line["path"]) for line in log.lines} == {("POST", "/api/user/create-session")}


@json_lines
def test_what_is_logged_after_a_request_does_not_have_its_id(guest: ApiClient, log: Log) -> None:
    guest.get("errors")
    logging.getLogger("test").error("later")
    assert "request_id" not in log.lines[-1]


@json_lines
@pytest.mark.parametrize(
    ("method", "headers"),
    [("PATCH", {"Sec-Fetch-Site": "cross-site"}), ("GET", {"X-Application-Server": "https://other.example.com"})],
    ids=["page of another origin", "wrong application server"],
)
def test_a_suspicious_request_is_logged(
    user: ApiClient, log: Log, settings: Any, method: str, headers: dict[str, str]
) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://app.example.com", "a token of the server"
    response = user.call(method, "user/session" if method == "GET" else "user/set-session-ended", headers=headers)
    (line,) = [line for line in log.lines if line["message"].startswith("Access refused")]
    assert (line["level"], line["request_id"]) == ("warning", response["X-Request-ID"])
    assert line["address"] == "127.0.0.1"


def test_an_ordinary_refusal_is_not_logged(guest: ApiClient, log: Log) -> None:
    guest.get("user/session")
    guest.get("no-such-route")
    assert log.text == ""


@pytest.mark.parametrize("requested", [True, False])
@json_lines
def test_requests_are_logged_on_request(guest: ApiClient, log: Log, requested: bool) -> None:
    logger = logging.getLogger("dashboard.requests")
    before = logger.level
    logger.setLevel(logging.INFO if requested else logging.WARNING)
    response = guest.get("user/session", token=TOKEN)
    logger.setLevel(before)
    expected = [("request", "GET", "/api/user/session", 401, response["X-Request-ID"])] if requested else []
    assert [tuple(line[it] for it in ("message", "method", "path", "status", "request_id")) for line in log.lines] == (
        expected
    )
    assert all(line["milliseconds"] >= 0 for line in log.lines)


def test_a_path_cannot_look_like_another_line(readable: bool) -> None:
    logs.bind_request(RequestFactory().get("/nowhere%0A%1B[31m" + TOKEN + "x" * 1000))
    text = logged("here", readable=readable)
    logs.unbind_request()
    assert "nowhere" in text
    assert "\n" not in text
    assert "\x1b[31m/" not in text
    assert TOKEN not in text
    assert len(text) < 1000


def request_id(given: str, peer: str) -> str:
    """The id of a request that `peer` makes with this X-Request-ID, through the application that is served."""
    headers: dict[str, str] = {}
    environ = RequestFactory().get("/api/errors", headers={"X-Request-ID": given}).environ | {"REMOTE_ADDR": peer}
    with kept_connections():
        application(environ, lambda status, given: headers.update(given))
    return headers["X-Request-ID"]


UUID = "7d4bd1a2-3f1e-4c55-9d2b-0a1b2c3d4e5f"
NGINX = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize("given", [UUID, NGINX, "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_the_id_that_a_trusted_proxy_gives_is_kept(settings: Any, given: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8"), ip_network("::1")]
    assert request_id(given, "10.1.2.3") == given
    assert request_id(given, "::1") == given


@pytest.mark.parametrize("peer", ["192.0.2.1", "", "unix:"])
def test_the_id_that_anybody_else_gives_is_not(settings: Any, peer: str) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    assert re.fullmatch(r"[0-9a-f]{16}", request_id(UUID, peer))


@pytest.mark.parametrize("given", ["", "short", "with space", "a\nb" * 8, "<script>alert()", TOKEN, "a" * 49, "é" * 9])
def test_what_has_not_the_form_of_an_id_is_none(given: str) -> None:
    request = RequestFactory().get("/")
    request.META["HTTP_X_REQUEST_ID"] = given
    assert re.fullmatch(r"[0-9a-f]{16}", logs.bind_request(request))
    logs.unbind_request()


def test_an_id_with_as_many_digits_as_a_secret_is_found_in_the_log() -> None:
    request = RequestFactory().get("/", headers={"X-Request-ID": NGINX})
    logs.bind_request(request)
    line = json.loads(logged("here"))
    logs.unbind_request()
    assert line["request_id"] == NGINX


def test_the_log_of_a_server_is_json_without_djangos_own_handlers() -> None:
    """The tests' stderr is no terminal either."""
    assert settings.LOGGING["formatters"]["lines"]["readable"] is False
    assert settings.LOGGING["handlers"].keys() == {"stderr"}
    for name in ("django", "django.request", "dashboard_project"):
        assert logging.getLogger(name).handlers == []
