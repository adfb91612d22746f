"""Who is asking: a session by cookie or by bearer, and what a role opens."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from dashboard.cache.rows import row_cache
from dashboard.core.crypto import hashing
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import TOKEN, AccountFactory, SessionFactory

OTHER_TOKEN = "f" * 64
OK = (200, "")
REFUSED = (401, "Sign in required")


def session_with(token: str, **fields: Any) -> Session:
    """A session that this token proves."""
    session = SessionFactory(**fields)
    session.token_hash = hashing.token_hash(session.account.accountid, token, session.account.session_key)
    session.save()
    session.token = token
    return session


def bearer(sessionid: str, token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {sessionid}.{token}"}


def by_cookie(session: Session, sessionid: str, token: str) -> tuple[int, str]:
    caller = ApiClient(session)
    caller.client.cookies["sessionid"], caller.client.cookies["token"] = sessionid, token
    return outcome(caller.get("user/account", accountid=session.account.accountid))


def by_bearer(session: Session, sessionid: str, token: str) -> tuple[int, str]:
    query = {"accountid": session.account.accountid}
    return outcome(ApiClient().call("GET", "user/account", headers=bearer(sessionid, token), **query))


WAYS = pytest.mark.parametrize("present", [by_cookie, by_bearer])


@WAYS
def test_the_token_of_a_session_signs_in(db: None, present: Any) -> None:
    session = SessionFactory()
    assert present(session, session.sessionid, TOKEN) == OK


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer "])
def test_the_scheme_is_read_in_any_case(guest: ApiClient, scheme: str) -> None:
    session = SessionFactory()
    headers = {"authorization": f"{scheme} {session.sessionid}.{TOKEN}"}
    assert outcome(guest.call("GET", "user/session", headers=headers, sessionid=session.sessionid)) == OK


@WAYS
@pytest.mark.parametrize(
    ("sessionid", "token"),
    [
        pytest.param("", TOKEN, id="no id"),
        pytest.param("{id}", "", id="no token"),
        pytest.param("{id}", OTHER_TOKEN, id="wrong token"),
        pytest.param("{id}", TOKEN.upper(), id="token in capitals"),
        pytest.param("{id}", TOKEN[:-1], id="token too short"),
        pytest.param("{id}", f"{TOKEN}0", id="token too long"),
        pytest.param("{id}", f"{TOKEN}.0", id="something after the token"),
        pytest.param("sess_0123456789abcdef", TOKEN, id="unknown id"),
        pytest.param("{account}", TOKEN, id="id of another kind"),
        pytest.param("{id}0", TOKEN, id="id too long"),
        pytest.param("x", TOKEN, id="malformed id"),
    ],
)
def test_other_credentials_do_not(db: None, present: Any, sessionid: str, token: str) -> None:
    session = SessionFactory()
    given = sessionid.format(id=session.sessionid, account=session.account.accountid)
    assert present(session, given, token) == REFUSED


@WAYS
def test_the_token_of_another_session_does_not(db: None, present: Any) -> None:
    session = SessionFactory()
    session_with(OTHER_TOKEN, account=session.account)
    assert present(session, session.sessionid, OTHER_TOKEN) == REFUSED


@WAYS
def test_the_token_of_another_account_does_not(db: None, present: Any) -> None:
    session = SessionFactory()
    session_with(OTHER_TOKEN)
    assert present(session, session.sessionid, OTHER_TOKEN) == REFUSED


def test_another_authorization_leaves_it_to_the_cookies(user: ApiClient) -> None:
    headers = {"authorization": "Basic c29tZWJvZHk6cGFzc3dvcmQ="}
    query = {"accountid": user.account.accountid}
    assert outcome(user.call("GET", "user/account", headers=headers, **query)) == OK


@pytest.mark.parametrize("value", ["Bearer", "Bearer ", "Bearer x", f"Bearer sess_0123456789abcdef.{TOKEN}"])
def test_a_bearer_that_proves_nothing_decides_over_good_cookies(user: ApiClient, value: str) -> None:
    query = {"accountid": user.account.accountid}
    assert outcome(user.call("GET", "user/account", headers={"authorization": value}, **query)) == REFUSED


def test_a_good_bearer_decides_over_bad_cookies(user: ApiClient) -> None:
    user.client.cookies["token"] = OTHER_TOKEN
    assert user.session
    headers, query = bearer(user.session.sessionid, TOKEN), {"accountid": user.account.accountid}
    assert outcome(user.call("GET", "user/account", headers=headers, **query)) == OK


def test_a_bearer_decides_over_the_cookies_of_somebody_else(user: ApiClient) -> None:
    other = SessionFactory()
    headers = bearer(other.sessionid, TOKEN)
    theirs = user.call("GET", "user/account", headers=headers, accountid=other.account.accountid)
    assert theirs.json()["accountid"] == other.account.accountid
    own = user.call("GET", "user/account", headers=headers, accountid=user.account.accountid)
    assert outcome(own) == (403, "invalid-account")


# Sessions that are over


def ended(session: Session) -> None:
    session.ended_at = timezone.now()


def expired(session: Session) -> None:
    session.expires_at = timezone.now()


def of_another_appid(session: Session) -> None:
    session.appid = "elsewhere"


def of_an_older_session_key_number(session: Session) -> None:
    session.account.session_key_number += 1


def of_an_older_session_key(session: Session) -> None:
    session.account.session_key = "0" * 64


def of_an_account_scheduled_for_deletion(session: Session) -> None:
    session.account.deleted_at = timezone.now() + timedelta(days=7)


@pytest.mark.parametrize(
    "end",
    [
        ended,
        expired,
        of_another_appid,
        of_an_older_session_key_number,
        of_an_older_session_key,
        of_an_account_scheduled_for_deletion,
    ],
)
@pytest.mark.parametrize("route", ["user/account", "administrator/account"])
def test_a_session_that_is_over_signs_nobody_in(administrator: ApiClient, route: str, end: Any) -> None:
    query = {"accountid": administrator.account.accountid}
    assert outcome(administrator.get(route, **query)) == OK
    end(administrator.session)
    administrator.account.save()
    administrator.session.save()  # type: ignore[union-attr]
    row_cache.mark_dirty(*(row.cache_key(row.pk) for row in (administrator.account, administrator.session)))
    assert outcome(administrator.get(route, **query)) == REFUSED


def test_a_session_signs_in_until_it_expires(user: ApiClient) -> None:
    assert user.session
    with time_machine.travel(user.session.expires_at - timedelta(milliseconds=1), tick=False):
        assert outcome(user.get("user/account", accountid=user.account.accountid)) == OK
    with time_machine.travel(user.session.expires_at, tick=False):
        assert outcome(user.get("user/account", accountid=user.account.accountid)) == REFUSED


# Keys


@pytest.mark.parametrize(
    ("made_with", "known", "expected"),
    [
        (("old", "old"), (["old"], ["old"]), OK),
        (("old", "old"), (["new", "old"], ["old"]), OK),
        (("old", "old"), (["old"], ["new", "old"]), OK),
        (("old", "old"), (["new", "old"], ["newer", "new", "old"]), OK),
        (("old", "node:none"), (["new", "old"], ["new", "node:none"]), OK),
        (("old", "old"), (["new"], ["old"]), REFUSED),
        (("old", "old"), (["old"], ["new"]), REFUSED),
        (("old", "older"), (["older"], ["old"]), REFUSED),
    ],
)
def test_a_token_verifies_under_every_key_that_is_listed(
    db: None, settings: Any, made_with: Any, known: Any, expected: Any
) -> None:
    settings.DASHBOARD_SESSION_KEY, settings.DASHBOARD_ENCRYPTION_KEY = [made_with[0]], [made_with[1]]
    session = SessionFactory()
    settings.DASHBOARD_SESSION_KEY, settings.DASHBOARD_ENCRYPTION_KEY = known
    assert by_cookie(session, session.sessionid, TOKEN) == expected


# Roles


SIGN_IN_REQUIRED = (401, {"object": "auth", "message": "Sign in required"})
ADMINISTRATOR_REQUIRED = (403, {"object": "auth", "message": "Administrator required"})
USER_ROUTES = [
    ("GET", "user/account"),
    ("PATCH", "user/set-account-deleted"),
    ("PATCH", "user/reset-session-key"),
    ("GET", "user/profile"),
    ("GET", "user/session"),
    ("PATCH", "user/set-session-ended"),
]
ADMINISTRATOR_ROUTES = [
    ("GET", "administrator/account"),
    ("PATCH", "administrator/reset-session-key"),
    ("GET", "administrator/session"),
    ("POST", "administrator/create-reset-code"),
]


@pytest.mark.parametrize(("method", "route"), USER_ROUTES + ADMINISTRATOR_ROUTES)
def test_nobody_in_particular_is_asked_to_sign_in(guest: ApiClient, method: str, route: str) -> None:
    response = guest.call(method, route)
    assert (response.status_code, response.json()) == SIGN_IN_REQUIRED


@pytest.mark.parametrize(("method", "route"), ADMINISTRATOR_ROUTES)
def test_somebody_without_the_role_is_refused(user: ApiClient, method: str, route: str) -> None:
    response = user.call(method, route, accountid=user.account.accountid)
    assert (response.status_code, response.json()) == ADMINISTRATOR_REQUIRED


@pytest.mark.parametrize("caller", ["administrator", "owner"])
@pytest.mark.parametrize(("method", "route"), USER_ROUTES + ADMINISTRATOR_ROUTES)
def test_administrators_and_the_owner_pass(
    request: pytest.FixtureRequest, caller: str, method: str, route: str, settings: Any
) -> None:
    settings.OWN_SESSION_WITHOUT_ID = False
    response = request.getfixturevalue(caller).call(method, route)
    assert response.status_code == 400
    assert response.json()["detail"].endswith("id is missing.")


def test_an_administrator_whose_role_is_taken_is_refused_from_then_on(administrator: ApiClient) -> None:
    administrator.account.administrator_since = None
    administrator.account.save()
    response = administrator.get("administrator/account", accountid=administrator.account.accountid)
    assert (response.status_code, response.json()) == ADMINISTRATOR_REQUIRED


# Cost


@pytest.mark.parametrize("headers", [None, {"authorization": "Bearer {id}.{token}"}])
def test_a_session_is_checked_in_one_query(
    user: ApiClient, django_assert_num_queries: Any, headers: dict[str, str] | None
) -> None:
    assert user.session
    caller, query = user, {"accountid": user.account.accountid}
    if headers:
        caller, headers = ApiClient(), bearer(user.session.sessionid, TOKEN)
    with django_assert_num_queries(1):
        assert outcome(caller.call("GET", "user/account", headers=headers, **query)) == OK


@pytest.mark.parametrize("credentials", [("x", TOKEN), ("sess_0123456789abcdef", "x"), ("", ""), ("a\0b", TOKEN)])
def test_malformed_credentials_cost_no_query(
    guest: ApiClient, django_assert_num_queries: Any, credentials: tuple[str, str]
) -> None:
    with django_assert_num_queries(0):
        assert outcome(guest.call("GET", "user/account", headers=bearer(*credentials))) == REFUSED


def test_a_guest_route_does_not_look_at_credentials(user: ApiClient, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert outcome(user.post("user/create-session", {})) == (400, "invalid-username")


def test_two_accounts_are_told_apart(user: ApiClient, administrator: ApiClient) -> None:
    other = AccountFactory()
    for caller in (user, administrator):
        assert outcome(caller.get("user/account", accountid=other.accountid)) == (403, "invalid-account")
