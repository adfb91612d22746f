"""Behind a proxy, the gateway decides by the path that the proxy names, as Django does."""

from ipaddress import ip_network
from typing import Any

import pytest

from tests.client import FORM
from tests.factories import PASSWORD, AccountFactory, SessionFactory
from tests.gateway.asgi import calling
from tests.gateway.test_hot_reads import Counted, cookies, needs_redis, path, warmed

SIGN_IN = "/api/user/create-session"
PROXY = [ip_network("127.0.0.1")]
BELOW = [
    pytest.param("", "", {}, id="no prefix"),
    pytest.param("/auth", "", {}, id="stripped by the proxy"),
    pytest.param("/auth", "/auth", {}, id="not stripped"),
    pytest.param("", "", {"x_forwarded_prefix": "/auth"}, id="named, stripped"),
    pytest.param("", "/auth", {"x_forwarded_prefix": "/auth"}, id="named, not stripped"),
    pytest.param("/other", "/auth", {"x_script_name": "/auth"}, id="named instead of another"),
]


@pytest.mark.parametrize(("configured", "prefix", "headers"), BELOW)
def test_a_password_waits_in_its_line_below_a_path(
    db: None, settings: Any, configured: str, prefix: str, headers: dict[str, str]
) -> None:
    settings.DASHBOARD_PATH, settings.TRUSTED_PROXIES = configured, PROXY
    settings.MAXIMUM_WAITING_PASSWORDS = 0
    AccountFactory(username="somebody")
    body = f"username=somebody&password={PASSWORD.replace(' ', '+')}".encode()
    with calling() as caller:
        reply = caller.ask("POST", prefix + SIGN_IN, body, content_type=FORM, **headers)
        assert (reply.status, reply.json()["message"]) == (503, "service-unavailable")
        settings.MAXIMUM_WAITING_PASSWORDS = 1
        assert caller.ask("POST", prefix + SIGN_IN, body, content_type=FORM, **headers).status == 200


@needs_redis
@pytest.mark.parametrize(("configured", "prefix", "headers"), BELOW)
def test_a_session_check_is_hot_below_a_path(
    db: None, settings: Any, configured: str, prefix: str, headers: dict[str, str]
) -> None:
    settings.DASHBOARD_PATH, settings.TRUSTED_PROXIES = configured, PROXY
    django, session = Counted(), SessionFactory()
    asked = prefix + path(session)
    with calling(application=django) as caller:
        (expected,) = warmed(caller, django, asked, **cookies(session), **headers)
        assert caller.ask("GET", asked, **cookies(session), **headers).body == expected.body
    assert django.calls == 0


@pytest.mark.parametrize(("trusted", "expected"), [(PROXY, True), ([], False)])
def test_a_refused_body_has_the_id_that_a_trusted_proxy_gave(
    settings: Any, monkeypatch: pytest.MonkeyPatch, trusted: list[Any], expected: bool
) -> None:
    settings.TRUSTED_PROXIES = trusted
    monkeypatch.setattr("dashboard.gateway.bodies.MAX_BUFFERED", 0)
    monkeypatch.setattr("dashboard.gateway.bodies.SHORT", 0)
    with calling() as caller:
        reply = caller.ask("POST", SIGN_IN, b"username=somebody", content_type=FORM, x_request_id="from-outside")
    assert reply.status == 503
    assert (reply.header("x-request-id") == "from-outside") is expected
