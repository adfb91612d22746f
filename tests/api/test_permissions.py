"""Who may call which route."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Account
from sessions_app.models import Session
from tests.api.cases import CASES
from tests.cases import caller, each_case, everything
from tests.client import ApiClient, outcome
from tests.factories import TOKEN, AccountFactory, SessionFactory

SIGN_IN_REQUIRED = {"object": "auth", "message": "Sign in required"}
ADMINISTRATOR_REQUIRED = {"object": "auth", "message": "Administrator required"}

SIGNED_IN = tuple(case for case in CASES if case.caller not in ("guest", "service"))
ADMINISTRATORS = tuple(case for case in CASES if case.caller in ("administrator", "owner"))
OPEN_TO_ADMINISTRATORS = tuple(case for case in CASES if case.caller == "administrator")
USERS = tuple(case for case in CASES if case.caller == "user")


def change(session, **fields):
    Session.objects.filter(pk=session.pk).update(**fields)


def change_account(session, **fields):
    Account.objects.filter(pk=session.account_id).update(**fields)


WAYS_OUT = {
    "expired": lambda session: change(session, expires_at=timezone.now()),
    "ended": lambda session: change(session, ended_at=timezone.now()),
    "signed under an older session key": lambda session: change_account(session, session_key_number=2),
    "of an account scheduled for deletion": lambda session: change_account(
        session, deleted_at=timezone.now() + timedelta(days=1)
    ),
    "of an account overdue for deletion": lambda session: change_account(session, deleted_at=timezone.now()),
    "of another APPID": lambda session: change(session, appid="another"),
    "whose token is another": lambda session: change(session, token_hash="0" * 128),
    "whose account has another key": lambda session: change_account(session, session_key="another"),
}


def assert_refused(response, status, answer, before):
    assert (response.status_code, response.json()) == (status, answer)
    assert everything() == before


@each_case((USERS[0], ADMINISTRATORS[0]))
@pytest.mark.parametrize("way", WAYS_OUT)
def test_session_is_refused_that_is(way, case, settings, db):
    context = case.context(settings)
    WAYS_OUT[way](context.caller.session)
    before = everything()
    assert_refused(context.send(), 401, SIGN_IN_REQUIRED, before)


@each_case(SIGNED_IN)
def test_ended_session_is_refused(case, settings, db):
    context = case.context(settings)
    WAYS_OUT["ended"](context.caller.session)
    before = everything()
    assert_refused(context.send(), 401, SIGN_IN_REQUIRED, before)


@each_case(SIGNED_IN)
def test_nobody_in_particular_is_asked_to_sign_in(case, settings, db):
    context = case.context(settings)
    context.caller = ApiClient()
    before = everything()
    response = context.send()
    assert_refused(response, 401, SIGN_IN_REQUIRED, before)
    assert response["WWW-Authenticate"] == 'Bearer realm="dashboard"'


@each_case(ADMINISTRATORS)
def test_administrator_is_required(case, settings, db):
    context = case.context(settings)
    context.caller = caller("user", AccountFactory())
    before = everything()
    assert_refused(context.send(), 403, ADMINISTRATOR_REQUIRED, before)


@each_case(OPEN_TO_ADMINISTRATORS)
def test_owner_is_an_administrator(case, settings, db):
    context = case.context(settings)
    context.caller = ApiClient(SessionFactory(account=AccountFactory(owner=True)))
    assert outcome(context.send()) == (200, "")


@each_case(case for case in USERS if case.query)
@pytest.mark.parametrize("role", [{"administrator": True}, {"owner": True}], ids=str)
def test_no_role_opens_what_is_anothers(role, case, settings, db):
    context = case.context(settings)
    context.caller = ApiClient(SessionFactory(account=AccountFactory(**role)))
    before = everything()
    assert outcome(context.send()) == (403, "invalid-account")
    assert everything() == before


@pytest.mark.parametrize(
    ("credentials", "status"),
    [
        (f"{{sessionid}}.{TOKEN}", 200),
        (f"{{sessionid}}.{TOKEN[::-1]}", 401),
        (f"{{sessionid}}.{TOKEN[:-1]}", 401),
        ("{sessionid}.", 401),
        ("{sessionid}", 401),
        (f"sess_0123456789abcdef.{TOKEN}", 401),
        (f".{TOKEN}", 401),
        ("", 401),
    ],
)
def test_session_is_proven_by_its_token(credentials, status, db):
    session = SessionFactory()
    bearer = {"Authorization": f"Bearer {credentials.format(sessionid=session.sessionid)}"}
    response = ApiClient().call("GET", "user/session", headers=bearer, sessionid=session.sessionid)
    assert response.status_code == status
