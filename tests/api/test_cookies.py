"""The cookies of the API: their names, repeated ones, and sign-out."""

from typing import Any

import pytest

from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

OTHERS = "0123456789abcdef" * 2  # a session id of Django's


def check(cookie: str, session: Session) -> tuple[int, str]:
    """Return the outcome of a session check with this Cookie header."""
    return outcome(ApiClient().call("GET", "user/session", headers={"Cookie": cookie}, sessionid=session.sessionid))


@pytest.fixture
def session(db: None) -> Session:
    return SessionFactory()


@pytest.fixture
def own_names(settings: Any) -> None:
    settings.SESSIONID_COOKIE_NAME, settings.TOKEN_COOKIE_NAME = "auth_id", "auth_token"


SIGNED_IN, REFUSED = (200, ""), (401, "Sign in required")


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("sessionid={id}; token={token}", SIGNED_IN),
        ("csrftoken=a; token={token}; other_sessionid=b; sessionid={id}", SIGNED_IN),  # other names that end alike
        ("a=token; sessionid={id}; b=sessionid; token={token}", SIGNED_IN),
        ("sessionid={id}; token={token}; sessionid={id}", REFUSED),
        ("sessionid={id}; token={token}; sessionid=x", REFUSED),
        ("sessionid=x; sessionid={id}; token={token}", REFUSED),
        ("sessionid={id}; token=x; token={token}", REFUSED),
        ("sessionid={id};token={token};token", REFUSED),
        ("sessionid={id}; token={token}; sessionid =x", REFUSED),
    ],
)
def test_repeated_cookies_sign_nobody_in(session: Session, template: str, expected: tuple[int, str]) -> None:
    assert check(template.format(id=session.sessionid, token=session.token), session) == expected


@pytest.mark.usefixtures("own_names")
@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("auth_id={id}; auth_token={token}", SIGNED_IN),
        (f"sessionid={OTHERS}; auth_id={{id}}; auth_token={{token}}; token=x", SIGNED_IN),
        (f"sessionid={OTHERS}; sessionid={OTHERS}; auth_id={{id}}; auth_token={{token}}", SIGNED_IN),
        ("sessionid={id}; token={token}", SIGNED_IN),  # set before the names were changed
        ("auth_id=x; auth_token=x; sessionid={id}; token={token}", REFUSED),
        ("auth_id={id}; token={token}", REFUSED),
        ("auth_id={id}; auth_id=x; auth_token={token}", REFUSED),
    ],
)
def test_names_of_the_settings_come_before_the_contracts(
    session: Session, template: str, expected: tuple[int, str]
) -> None:
    assert check(template.format(id=session.sessionid, token=session.token), session) == expected


@pytest.mark.usefixtures("own_names")
def test_sign_in_sets_cookies_with_the_names_of_the_settings(guest: ApiClient) -> None:
    AccountFactory(username="somebody")
    answer = guest.post("user/create-session", {"username": "somebody", "password": PASSWORD})
    assert {name: it.value for name, it in answer.cookies.items()} == {
        "auth_id": answer.json()["sessionid"],
        "auth_token": answer.json()["token"],
    }
    assert outcome(guest.get("user/session", sessionid=answer.json()["sessionid"])) == SIGNED_IN


@pytest.mark.usefixtures("own_names")
def test_signing_in_ends_the_session_of_a_cookie_with_the_contracts_name(session: Session) -> None:
    """So that nobody is signed in by it again who signs out."""
    AccountFactory(username="somebody")
    form = {"username": "somebody", "password": PASSWORD}
    earlier = f"sessionid={session.sessionid}; token={session.token}"
    answer = ApiClient().call("POST", "user/create-session", form, headers={"Cookie": earlier})
    assert set(answer.cookies) == {"auth_id", "auth_token"}
    assert check(earlier, session) == REFUSED


@pytest.mark.usefixtures("own_names")
@pytest.mark.parametrize("name", ["auth_id", "sessionid"])
def test_other_origins_use_neither_name(session: Session, name: str) -> None:
    headers = {"Cookie": f"{name}=x", "Sec-Fetch-Site": "cross-site"}
    response = ApiClient().call("PATCH", "user/reset-session-key", headers=headers)
    assert outcome(response) == (403, "invalid-origin")


def test_signing_out_deletes_the_cookies(user: ApiClient) -> None:
    assert user.session
    response = user.patch("user/set-session-ended", sessionid=user.session.sessionid)
    assert {name: it["max-age"] for name, it in response.cookies.items()} == {"sessionid": 0, "token": 0}


def test_ending_another_session_keeps_the_cookies(user: ApiClient) -> None:
    other = SessionFactory(account=user.account)
    assert not user.patch("user/set-session-ended", sessionid=other.sessionid).cookies


def test_signing_out_without_cookies_deletes_none(session: Session) -> None:
    headers = {"Authorization": f"Bearer {session.sessionid}.{session.token}", "Cookie": f"sessionid={OTHERS}; token=x"}
    response = ApiClient().call("PATCH", "user/set-session-ended", headers=headers, sessionid=session.sessionid)
    assert (response.status_code, dict(response.cookies)) == (200, {})
