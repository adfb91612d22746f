"""Calls on behalf of a user: the application server proves itself by a token, and names the account and the session."""

import hmac
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.api.access import authentication
from events.models import Event
from sessions_app.models import Session
from tests.cases import everything
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, TOKEN, AccountFactory, SessionFactory
from tests.isolation import isolated

SERVER = "https://app.example.com"
SERVER_TOKEN = "a token of the application server"
HEADERS = ("x-application-server", "x-application-server-token", "x-accountid", "x-sessionid")
OK = (200, "")
SIGN_IN_REQUIRED = (401, "Sign in required")
LEFT_OUT = None

ROUTES = {
    "user": ("GET", "user/account"),
    "user that changes": ("PATCH", "user/reset-session-key"),
    "administrator": ("GET", "administrator/account"),
    "administrator that changes": ("PATCH", "administrator/reset-session-key"),
}
GUEST_ROUTES = [
    ("POST", "user/create-account", {"username": "another", "password": PASSWORD}),
    ("POST", "user/create-session", {"username": "somebody", "password": PASSWORD}),
    ("PATCH", "user/reset-account-deleted", {"username": "somebody", "password": PASSWORD}),
    ("GET", "errors", {}),
]
each_route = pytest.mark.parametrize(("method", "route"), ROUTES.values(), ids=ROUTES)
each_guest_route = pytest.mark.parametrize(("method", "route", "body"), GUEST_ROUTES, ids=lambda it: str(it)[:30])


@pytest.fixture(autouse=True)
def _configured(settings: Any) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = SERVER, SERVER_TOKEN


@pytest.fixture
def session(db: None) -> Session:
    """Of an administrator, who may call every route."""
    made: Session = SessionFactory(account=AccountFactory(username="somebody", administrator=True))
    return made


def on_behalf(session: Session, **changes: str | None) -> dict[str, str]:
    """The headers of a call on behalf of this session's account; changes are named as headers, with _ for -."""
    values = (SERVER, SERVER_TOKEN, session.account.accountid, session.sessionid)
    changed = {
        **dict(zip(HEADERS, values, strict=True)),
        **{name.replace("_", "-"): it for name, it in changes.items()},
    }
    return {name: value.encode().decode("latin-1") for name, value in changed.items() if value is not None}


def call(session: Session, method: str, route: str, headers: dict[str, str], caller: ApiClient | None = None) -> Any:
    """The outcome; a refusal changes nothing."""
    before = everything()
    response = (caller or ApiClient()).call(method, route, headers=headers, accountid=session.account.accountid)
    assert response.status_code == 200 or everything() == before
    return outcome(response)


@each_route
def test_application_server_calls_on_behalf_of_an_account(session: Session, method: str, route: str) -> None:
    assert call(session, method, route, on_behalf(session)) == OK


PROOFS_OF_NOTHING: list[dict[str, str | None]] = [
    {"x_application_server": "https://other.example.com"},
    {"x_application_server": f"{SERVER}/"},
    {"x_application_server": SERVER.upper()},
    {"x_application_server": ""},
    {"x_application_server": LEFT_OUT},
    {"x_application_server_token": "another"},
    {"x_application_server_token": SERVER_TOKEN[:-1]},
    {"x_application_server_token": SERVER_TOKEN + "x"},
    {"x_application_server_token": SERVER},
    {"x_application_server_token": ""},
    {"x_application_server_token": LEFT_OUT},
    {"x_application_server": LEFT_OUT, "x_application_server_token": LEFT_OUT},
    {"x_application_server": "", "x_application_server_token": ""},
    {"x_application_server": SERVER_TOKEN, "x_application_server_token": SERVER},
    dict.fromkeys(("x_application_server", "x_application_server_token", "x_accountid"), LEFT_OUT),
    dict.fromkeys(("x_application_server", "x_application_server_token", "x_sessionid"), LEFT_OUT),
]


@each_route
def test_whoever_does_not_prove_to_be_it_is_refused(
    session: Session, method: str, route: str, subtests: pytest.Subtests
) -> None:
    for changes in PROOFS_OF_NOTHING:
        with subtests.test(changes=changes), isolated():
            headers = on_behalf(session, **changes)
            assert call(session, method, route, headers) == SIGN_IN_REQUIRED
            by_bearer = {**headers, "authorization": f"Bearer {session.sessionid}.{TOKEN}"}
            assert call(session, method, route, by_bearer) == SIGN_IN_REQUIRED
            assert call(session, method, route, headers, ApiClient(session)) == SIGN_IN_REQUIRED


NAMES: list[tuple[dict[str, str | None], tuple[int, str]]] = [
    ({"x_accountid": LEFT_OUT}, (400, "invalid-accountid")),
    ({"x_accountid": ""}, (400, "invalid-accountid")),
    ({"x_accountid": LEFT_OUT, "x_sessionid": LEFT_OUT}, (400, "invalid-accountid")),
    ({"x_accountid": "acct_0123456789abcdef"}, (404, "invalid-accountid")),
    ({"x_accountid": "x"}, (404, "invalid-accountid")),
    ({"x_accountid": "{sessionid}"}, (404, "invalid-accountid")),
    ({"x_accountid": "{accountid},{accountid}"}, (404, "invalid-accountid")),
    ({"x_accountid": "{other}"}, (403, "invalid-account")),
    ({"x_sessionid": LEFT_OUT}, (400, "invalid-sessionid")),
    ({"x_sessionid": ""}, (400, "invalid-sessionid")),
    ({"x_sessionid": "sess_0123456789abcdef"}, (404, "invalid-sessionid")),
    ({"x_sessionid": "ö"}, (404, "invalid-sessionid")),
    ({"x_sessionid": "{accountid}"}, (404, "invalid-sessionid")),
    ({"x_sessionid": "a" * 5000}, (404, "invalid-sessionid")),
]


@each_route
def test_account_and_session_that_it_names_are_refused_as_any_other(
    session: Session, method: str, route: str, subtests: pytest.Subtests
) -> None:
    other = AccountFactory()
    names = {"sessionid": session.sessionid, "accountid": session.account.accountid, "other": other.accountid}
    for changes, expected in NAMES:
        with subtests.test(changes=changes), isolated():
            given = {name: value.format(**names) if value else value for name, value in changes.items()}
            assert call(session, method, route, on_behalf(session, **given)) == expected


WAYS_OUT = {
    "ended": lambda session: Session.objects.update(ended_at=timezone.now()),
    "expired": lambda session: Session.objects.update(expires_at=timezone.now()),
    "of an older session key": lambda session: Session.objects.update(session_key_number=0),
    "of an account scheduled for deletion": lambda session: type(session.account).objects.update(
        deleted_at=timezone.now() + timedelta(days=1)
    ),
}


@each_route
@pytest.mark.parametrize("way", WAYS_OUT)
def test_session_that_is_over_is_refused(session: Session, method: str, route: str, way: str) -> None:
    WAYS_OUT[way](session)
    assert call(session, method, route, on_behalf(session)) == SIGN_IN_REQUIRED


@each_route
@pytest.mark.parametrize("model", ["account", "session"])
def test_row_of_another_appid_does_not_exist(session: Session, method: str, route: str, model: str) -> None:
    row = session.account if model == "account" else session
    row.appid = "another"
    row.save()
    assert call(session, method, route, on_behalf(session)) == (404, f"invalid-{model}id")


@each_route
def test_it_has_no_role_but_that_of_the_account(session: Session, method: str, route: str) -> None:
    session.account.administrator_since = None
    session.account.save()
    required = (403, "Administrator required") if route.startswith("administrator/") else OK
    assert call(session, method, route, on_behalf(session)) == required


NOT_CONFIGURED = [(None, None), (SERVER, None), (None, SERVER_TOKEN), ("", ""), (SERVER, "")]


@each_route
@pytest.mark.parametrize("configured", NOT_CONFIGURED, ids=str)
@pytest.mark.parametrize("given", [(SERVER, SERVER_TOKEN), ("", ""), (None, None)], ids=str)
def test_nobody_is_the_application_server_where_none_is_configured(
    session: Session, settings: Any, method: str, route: str, *, configured: Any, given: Any
) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = configured
    headers = on_behalf(session, x_application_server=given[0], x_application_server_token=given[1])
    assert call(session, method, route, headers) == SIGN_IN_REQUIRED


# Routes for anybody


@each_guest_route
def test_application_server_may_call_a_route_for_anybody(
    session: Session, method: str, route: str, body: dict[str, str]
) -> None:
    headers = on_behalf(session, x_accountid=LEFT_OUT, x_sessionid=LEFT_OUT)
    expected = (409, "invalid-account") if route.endswith("deleted") else OK
    assert outcome(ApiClient().call(method, route, body, headers)) == expected
    assert set(Event.objects.values_list("actor_kind", flat=True)) <= {"application server"}


@each_guest_route
@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("value", ["", "x"])
def test_whoever_only_says_to_be_it_is_nobody_else_on_a_route_for_anybody(
    session: Session, method: str, route: str, *, body: dict[str, str], header: str, value: str
) -> None:
    before = everything()
    assert outcome(ApiClient().call(method, route, body, {header: value})) == SIGN_IN_REQUIRED
    assert everything() == before


# How


def test_token_may_have_any_character(session: Session, settings: Any) -> None:
    """Sent as UTF-8, of which WSGI makes text byte by byte."""
    settings.APPLICATION_SERVER_TOKEN = "tökèn"
    assert call(session, "GET", "user/account", on_behalf(session, x_application_server_token="tökèn")) == OK
    assert call(session, "GET", "user/account", on_behalf(session, x_application_server_token="t?k?n")) != OK


def test_token_is_compared_in_constant_time(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(given: bytes, expected: bytes) -> bool:
        compared.append((given.decode(), expected.decode()))
        return hmac.compare_digest(given, expected)

    monkeypatch.setattr(authentication, "hmac", type("hmac", (), {"compare_digest": staticmethod(compare)}))
    headers = on_behalf(session, x_application_server="another", x_application_server_token="wrong")
    assert call(session, "GET", "user/account", headers) == SIGN_IN_REQUIRED
    assert compared == [("another", SERVER), ("wrong", SERVER_TOKEN)]


def test_call_on_behalf_is_recorded_as_the_application_servers(session: Session) -> None:
    assert call(session, "PATCH", "user/reset-session-key", on_behalf(session)) == OK
    event = Event.objects.get()
    assert (event.actor_kind, event.actor_accountid) == ("application server", session.account.accountid)


def test_call_on_behalf_costs_two_queries_more_than_it_reads(session: Session, django_assert_num_queries: Any) -> None:
    headers, query = on_behalf(session), {"accountid": session.account.accountid}
    with django_assert_num_queries(2):
        assert outcome(ApiClient().call("GET", "user/account", headers=headers, **query)) == OK
