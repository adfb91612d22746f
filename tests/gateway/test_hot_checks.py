"""GET check on the gateway: as by Django, and without it for whatever headers a proxy passes on."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as django_settings

from sessions_app.models import Session
from tests.factories import TOKEN, AccountFactory, SessionFactory
from tests.gateway.asgi import Caller, Reply, calling
from tests.gateway.comparing import comparable
from tests.gateway.test_hot_reads import Counted, cookies

pytestmark = pytest.mark.skipif(django_settings.REDIS_URL is None, reason="needs REDIS_URL")

OF_A_BROWSER = {
    "host": "application.example.com",
    "content_type": "multipart/form-data; boundary=x",
    "origin": "https://application.example.com",
    "range": "bytes=0-10",
    "if_none_match": "abc",
    "x_csrftoken": "abc",
    "x_requested_with": "XMLHttpRequest",
    "x_account_id": "acct_0123456789abcdef",
    "x_accountid": "acct_0123456789abcdef",
    "x_application_server": "forged",
    "x_original_uri": "/a/page",
    "sec_fetch_site": "cross-site",
}


@pytest.fixture
def django() -> Counted:
    return Counted()


@pytest.fixture
def gateway(django: Counted) -> Iterator[Caller]:
    with calling(application=django) as caller:
        yield caller


@pytest.fixture
def session(db: None) -> Session:
    """Of an administrator."""
    made: Session = SessionFactory(account=AccountFactory(administrator=True))
    return made


def equal(reply: Reply, expected: Reply) -> bool:
    one, other = (comparable(it.status, it.headers, it.body) for it in (reply, expected))
    return bool(one == other)


@pytest.mark.parametrize("query", ["", "?", "?administrator", "?administrator=&verified=900", "?verified=900"])
@pytest.mark.parametrize("headers", [{}, OF_A_BROWSER], ids=["few headers", "many headers"])
def test_a_check_is_answered_as_by_django(
    gateway: Caller, django: Counted, session: Session, query: str, headers: dict[str, str]
) -> None:
    given = headers | cookies(session)
    expected = gateway.ask("GET", f"/api/check{query}", **given)
    assert (expected.status, django.calls) == (204, 1)
    reply = gateway.ask("GET", f"/api/check{query}", **given)
    assert django.calls == 1
    assert equal(reply, expected)
    assert reply.header("x-account-id") == session.account_id
    assert reply.header("x-identity") == expected.header("x-identity")
    names = [name for name, _ in reply.headers]
    assert not {"content-length", "content-type"}.intersection(names)


@pytest.mark.parametrize(
    ("query", "status"),
    [("?owner", 403), ("?verified=0", 403), ("?admin", 403), ("?administrator=%74rue", 403), ("?%61dministrator", 204)],
)
def test_django_refuses(gateway: Caller, django: Counted, session: Session, query: str, status: int) -> None:
    gateway.ask("GET", "/api/check", **cookies(session))
    before = django.calls
    assert gateway.ask("GET", f"/api/check{query}", **cookies(session)).status == status
    assert django.calls == before + 1


def test_a_session_that_has_ended_is_refused(gateway: Caller, django: Counted, session: Session) -> None:
    for _ in range(2):
        assert gateway.ask("GET", "/api/check", **cookies(session)).status == 204
    assert django.calls == 1
    path = f"/api/user/set-session-ended?sessionid={session.pk}"
    assert gateway.ask("PATCH", path, **cookies(session)).status == 200
    assert gateway.ask("GET", "/api/check", **cookies(session)).status == 401


def test_an_account_that_lacks_a_second_factor_is_refused(
    gateway: Caller, django: Counted, session: Session, settings: Any
) -> None:
    for _ in range(2):
        assert gateway.ask("GET", "/api/check", **cookies(session)).status == 204
    assert django.calls == 1
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    reply = gateway.ask("GET", "/api/check", **cookies(session))
    assert (reply.status, reply.json()["message"]) == (403, "second-factor-enrolment-required")


def test_ones_own_session_without_its_id(gateway: Caller, django: Counted, session: Session, settings: Any) -> None:
    expected = gateway.ask("GET", "/api/user/session", **cookies(session))
    assert (expected.status, django.calls) == (200, 1)
    assert equal(gateway.ask("GET", "/api/user/session", **cookies(session)), expected)
    assert django.calls == 1
    settings.OWN_SESSION_WITHOUT_ID = False
    assert gateway.ask("GET", "/api/user/session", **cookies(session)).status == 400


def test_a_lost_rank_is_told_at_once(gateway: Caller, django: Counted, session: Session) -> None:
    owner = SessionFactory(account=AccountFactory(owner=True))
    for _ in range(2):
        assert gateway.ask("GET", "/api/check?administrator", **cookies(session)).status == 204
    path = f"/api/administrator/reset-account-administrator?accountid={session.account_id}"
    assert gateway.ask("PATCH", path, **cookies(owner)).status == 200
    assert gateway.ask("GET", "/api/check?administrator", **cookies(session)).status == 403
    reply = gateway.ask("GET", "/api/check", **cookies(session))
    assert reply.header("x-account-administrator") == "false"
    assert TOKEN not in repr(reply.headers)
