"""Two applications in one database, each with its APPID, never meet: every declared route is tried from one of them."""

import re
from contextlib import contextmanager
from datetime import date
from itertools import chain
from typing import Any

import pytest
from django.apps import apps

from accounts.models import Account, Profile
from dashboard.api.pagination import AFTER
from dashboard.api.parameters import ACCOUNTID_FILTER
from dashboard.api.routing import declared
from dashboard.api.schema.objects import COUNT
from dashboard.core.actor import Actor
from dashboard.models import TenantManager
from events.models import DailyFigure, Event, FeedReader
from events.services import feed
from events.services.metric_keys import ACTIONS
from node_dashboard.models import ImportedRow
from resetcodes.models import ResetCode
from second_factors.models import SecondFactor
from sessions_app.models import Session
from tests.api.cases import CASES
from tests.cases import USERNAME, apart_from_guesses, caller, each_case, everything
from tests.client import ApiClient, outcome
from tests.factories import (
    PASSWORD,
    AccountFactory,
    ProfileFactory,
    ResetCodeFactory,
    SecondFactorFactory,
    ServiceCredentialFactory,
    SessionFactory,
)
from tests.resetcodes.cases import SECRET_CODE
from webhooks.models import Delivery
from webhooks.services import webhooks

MODELS = [model for model in apps.get_models() if isinstance(model._default_manager, TenantManager)]
DECLARATIONS = {(route.spec.method, route.path.removeprefix("/api/")): route for route in declared()}
CASE_OF = {(case.method, case.route): case for case in CASES}

READS = tuple(case for case in CASES if case.method == "GET")
SIGNED_IN = tuple(case for case in CASES if case.caller not in ("guest", "service"))
BY_ID = tuple(case for case in CASES if any(name.endswith("id") for name in chain(case.query, case.body)))
BY_NAME = tuple(case for case in CASES if case.caller == "guest" and "username" in case.body)
EVERY_METRIC = ",".join(f"{name}/total" for name in ACTIONS)


def cases_with(query):
    """The routes that take this, or a parameter called the same and meant alike, in the query string."""
    keys = [key for key, route in DECLARATIONS.items() if query in route.spec.query]
    return tuple(CASE_OF[key] for key in keys)


@contextmanager
def another_app(settings):
    """Everything inside happens to another APPID."""
    mine, settings.APPID = settings.APPID, "another"
    yield
    settings.APPID = mine


def populate_another_app(settings):
    """With rows of every model, among them an owner, and somebody of the same name with the same reset code."""
    with another_app(settings):
        account = AccountFactory(username=USERNAME, scheduled=True, raw_password="their password")
        for username in ("a-new-name", "another-name"):
            AccountFactory(username=username)
        for somebody in (account, AccountFactory(owner=True), AccountFactory(administrator=True)):
            SessionFactory(account=somebody)
            ResetCodeFactory(account=somebody, secret_code=SECRET_CODE)
            SecondFactorFactory(account=somebody)
            somebody.profile = ProfileFactory(account=somebody)
            somebody.save()
        for action in ACTIONS.values():
            Event.objects.create(action=action, accountid=account.accountid)
        ServiceCredentialFactory()
        DailyFigure.objects.create(name="active-sessions", day=date(2022, 6, 24), value=5)
        FeedReader.objects.create(owner="cred_1", name="theirs", cursor=feed.from_now().encode())
        feed.feed_state(feed.present()[0])
        webhook = webhooks.create_webhook("https://app.example.com/", [], Actor.command_line())
        Delivery.objects.create(webhook=webhook, event_id=1, action="create-profile", body="")
        ImportedRow.objects.create(table="accounts", rowid=account.accountid, source_updated_at=account.updated_at)


def rows_of_another_app():
    return {name: [row for row in rows if row["appid"] == "another"] for name, rows in everything().items()}


def test_every_model_is_of_one_app(db, settings):
    populate_another_app(settings)
    assert {name for name, rows in rows_of_another_app().items() if rows} == {model.__name__ for model in MODELS}


@each_case(CASES)
def test_request_is_accepted_and_touches_no_row_of_another_app(case, settings, db):
    context = case.context(settings)
    populate_another_app(settings)
    before = rows_of_another_app()
    assert outcome(context.send()) == case.success
    assert rows_of_another_app() == before


@each_case(READS)
def test_answer_is_the_same_whatever_another_app_has(case, settings, db):
    context = case.context(settings)
    if "keys" in context.query:
        context.query["keys"] = EVERY_METRIC
    before = context.send()
    populate_another_app(settings)
    after = context.send()
    assert (before.status_code, without_cursor(before)) == (after.status_code, without_cursor(after))


def without_cursor(response: Any) -> bytes:
    """Return the body without the cursor of the feed, which all transactions of the server move."""
    return re.sub(rb'"cursor":"[\w-]+"', b"", response.getvalue())


@each_case(SIGNED_IN)
def test_session_of_another_app_signs_nobody_in(case, settings, db):
    with another_app(settings):
        context = case.context(settings)
    before = everything()
    response = context.send()
    assert (response.status_code, response.json()) == (401, {"object": "auth", "message": "Sign in required"})
    assert everything() == before


@each_case(BY_ID)
def test_id_of_another_app_does_not_exist(case, settings, db):
    with another_app(settings):
        context = case.context(settings)
    unknown = next(
        invalid.error_code for invalid in case.invalid_inputs if invalid.error_code.name.endswith("ID_UNKNOWN")
    )
    context.caller = caller(case.caller, AccountFactory())
    before = everything()
    assert outcome(context.send()) == (404, unknown.code)
    assert everything() == before


def test_profile_of_another_app_does_not_become_the_default(user, settings):
    with another_app(settings):
        theirs = ProfileFactory()
    body = {"profileid": theirs.profileid}
    response = user.patch("user/set-account-profile", body, accountid=user.account.accountid)
    assert outcome(response) == (404, "invalid-profileid")


@each_case(BY_NAME)
def test_name_of_another_app_is_unknown_and_free(case, settings, db):
    with another_app(settings):
        context = case.context(settings)
    before = rows_of_another_app()
    registers = case.route == "user/create-account"
    if registers:
        context.body["username"] = USERNAME
    assert outcome(context.send()) == ((200, "") if registers else (401, "invalid-username"))
    assert rows_of_another_app() == before


@pytest.mark.parametrize(
    ("route", "field"),
    [
        ("user/set-account-username", "new-username"),
        ("user/set-session-verified", "username"),
    ],
)
def test_name_is_only_looked_for_in_the_app(route, field, settings, db):
    populate_another_app(settings)
    context = CASE_OF["PATCH", route].context(settings)
    assert outcome(context.send()) == (200, "")


def test_each_app_signs_in_its_own_account_of_a_name(guest, settings):
    credentials = {"username": USERNAME, "password": PASSWORD}
    mine = AccountFactory(username=USERNAME)
    with another_app(settings):
        theirs = AccountFactory(username=USERNAME)
        assert guest.post("user/create-session", credentials).json()["accountid"] == theirs.accountid
    assert guest.post("user/create-session", credentials).json()["accountid"] == mine.accountid


def test_code_of_another_app_opens_nothing(guest, settings):
    AccountFactory(username=USERNAME)
    with another_app(settings):
        ResetCodeFactory(account=AccountFactory(username=USERNAME), secret_code=SECRET_CODE)
    body = {"username": USERNAME, "new-password": "a new password", "secret-code": SECRET_CODE}
    before = apart_from_guesses(everything())
    assert outcome(guest.patch("user/reset-account-password", body)) == (401, "invalid-reset-code")
    assert apart_from_guesses(everything()) == before


@each_case(cases_with(ACCOUNTID_FILTER))
def test_filter_finds_nothing_of_an_account_of_another_app(case, administrator, settings):
    populate_another_app(settings)
    theirs = Account._base_manager.get(appid="another", owner_since__isnull=False)
    answer = administrator.get(case.route, accountid=theirs.accountid).json()
    assert answer == (0 if DECLARATIONS[case.method, case.route].spec.returns is COUNT else [])


FIRST_ROW = {
    "accounts": Account,
    "profiles": Profile,
    "sessions": Session,
    "second-factors": SecondFactor,
    "reset-codes": ResetCode,
    "events": Event,
}


@each_case(cases_with(AFTER))
def test_page_does_not_come_after_a_row_of_another_app(case, settings, db):
    context = case.context(settings)
    populate_another_app(settings)
    model = next(model for name, model in FIRST_ROW.items() if case.route.endswith(name))
    context.query["after"] = model._base_manager.filter(appid="another").first().public_id
    unknown = next(invalid.error_code for invalid in case.invalid_inputs if "after" in invalid.query)
    assert outcome(context.send()) == (404, unknown.code)


def test_every_app_has_its_own_owner(owner, settings):
    account = AccountFactory()
    with another_app(settings):
        their_owner = AccountFactory(owner=True)
        their_administrator = AccountFactory(administrator=True)
        refused = ApiClient(SessionFactory(account=their_administrator)).patch(
            "administrator/set-owner-account", accountid=AccountFactory().accountid
        )
    assert outcome(refused) == (403, "invalid-account")
    assert outcome(owner.patch("administrator/set-owner-account", accountid=account.accountid)) == (200, "")
    owners = set(Account._base_manager.filter(owner_since__isnull=False).values_list("pk", flat=True))
    assert owners == {account.pk, their_owner.pk}
