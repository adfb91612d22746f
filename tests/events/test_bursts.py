"""Views of accounts and refused access: the first of a burst is an event, and refusals are logged and counted."""

import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.utils import timezone

from dashboard.core.actor import Actor, ActorKind
from dashboard.observability.metrics import get_metrics
from events.models import Action, Event
from events.services.bursts import record_refused_access, record_view
from tests.admin.browser import Browser
from tests.admin.conftest import owner, support  # noqa: F401
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

ACCOUNTID, OTHER = "acct_0123456789abcdef", "acct_00000000000000aa"
ADMINISTRATOR = Actor(ActorKind.ACCOUNT, OTHER)


def refusals() -> list[tuple[str, str]]:
    events = Event.objects.filter(action=Action.REFUSE_ACCESS).order_by("pk")
    return list(events.values_list("refusal", "actor_accountid"))


def views() -> list[tuple[str, str]]:
    events = Event.objects.filter(action=Action.VIEW_ACCOUNT).order_by("pk")
    return list(events.values_list("accountid", "actor_accountid"))


def counted(reason: str) -> float:
    return get_metrics().refused_access.labels(reason)._value.get()


# Views


def test_views_within_15_minutes_are_one_event(db: None) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for minutes in (0, 14, 0, 1, 14):
            clock.shift(timedelta(minutes=minutes))
            record_view(ACCOUNTID, ADMINISTRATOR)
    assert views() == [(ACCOUNTID, OTHER)] * 2


def test_views_by_others_and_of_others_are_events_of_their_own(db: None) -> None:
    record_view(ACCOUNTID, ADMINISTRATOR)
    record_view(ACCOUNTID, Actor(ActorKind.ACCOUNT, "acct_00000000000000bb"))
    record_view("acct_00000000000000cc", ADMINISTRATOR)
    assert len(views()) == 3


def test_view_of_the_own_account_is_no_event(support: Browser) -> None:  # noqa: F811
    support.get(f"accounts/account/{support.account.pk}/change/")
    assert views() == []


@pytest.mark.parametrize("factory", [ProfileFactory, SessionFactory, ResetCodeFactory])
def test_pages_of_an_account_and_its_rows_are_one_view(support: Browser, factory: Any) -> None:  # noqa: F811
    row = factory()
    kind = f"{row._meta.app_label}/{row._meta.model_name}"
    for path in (f"{kind}/{row.pk}/change/", f"accounts/account/{row.account_id}/change/"):
        for _ in range(2):
            assert support.get(path).status_code == 200
    assert views() == [(row.account_id, support.account.pk)]
    assert Event.objects.get(action=Action.VIEW_ACCOUNT).targetid == row.pk


def test_lists_and_unknown_accounts_are_no_views(support: Browser) -> None:  # noqa: F811
    for path in ("accounts/account/", f"accounts/account/{ACCOUNTID}/change/"):
        support.get(path)
    assert views() == []


def test_person_sees_the_view_without_who_it_was(support: Browser, user: ApiClient) -> None:  # noqa: F811
    support.get(f"accounts/account/{user.account.pk}/change/")
    (event,) = user.get("user/events", accountid=user.account.pk).json()
    assert (event["action"], event["actorKind"]) == ("view-account", "another account")
    assert "actorAccountid" not in event


# Refused access


def test_row_of_another_account(user: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    session, before = SessionFactory(), counted("not-owned")
    for _ in range(3):
        assert outcome(user.get("user/session", sessionid=session.pk)) == (403, "invalid-account")
    assert refusals() == [("not-owned", user.account.pk)]
    event = Event.objects.get()
    assert (event.accountid, event.targetid) == (user.account.pk, session.pk)
    assert counted("not-owned") == before + 3
    lines = [it.getMessage() for it in caplog.records if it.levelno == logging.WARNING]
    assert lines == [f"Access refused: not-owned, to {user.account.pk}"] * 3


def test_burst_ends_after_15_minutes_and_reasons_are_kept_apart(user: ApiClient) -> None:
    accountid = AccountFactory().pk
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(2):
            user.get("user/account", accountid=accountid)
            user.get("administrator/account", accountid=accountid)
            clock.shift(timedelta(minutes=15))
    assert refusals() == [(reason, user.account.pk) for reason in ("not-owned", "administrator-required")] * 2


def test_wrong_application_server(guest: ApiClient, settings: Any) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://app.example.com", "secret"
    headers = {"x-application-server": "https://app.example.com", "x-application-server-token": "guessed"}
    before = counted("invalid-application-server")
    for address in ("192.0.2.1", "192.0.2.2"):
        response = guest.client.get("/api/user/account", headers=headers, REMOTE_ADDR=address)
        assert response.json() == {"object": "auth", "message": "Sign in required"}
    assert refusals() == [("invalid-application-server", "")]
    assert counted("invalid-application-server") == before + 2


def test_missing_sign_in_is_no_refused_access(guest: ApiClient) -> None:
    assert guest.get("user/account", accountid=ACCOUNTID).status_code == 401
    assert refusals() == []


def test_page_of_another_origin(user: ApiClient) -> None:
    response = user.client.patch(
        f"/api/user/reset-session-key?accountid={user.account.pk}", headers={"sec-fetch-site": "cross-site"}
    )
    assert response.status_code in (401, 403)
    assert len(refusals()) == (response.status_code == 403)


def test_action_of_the_owner_on_the_site(support: Browser) -> None:  # noqa: F811
    account = AccountFactory()
    support.submit(f"accounts/account/operations/set-owner-account/?pk={account.pk}")
    assert refusals() == [("owner-required", support.account.pk)]
    assert Event.objects.get(action=Action.REFUSE_ACCESS).targetid == account.pk


def test_form_without_a_token_on_the_site(support: Browser) -> None:  # noqa: F811
    for _ in range(2):
        assert support.client.post("/admin/accounts/account/").status_code == 403
    assert refusals() == [("invalid-csrf-token", support.account.pk)]


def test_refusal_is_answered_while_the_database_cannot_record_it(
    user: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **options: Any) -> None:
        raise OperationalError

    session = SessionFactory()
    monkeypatch.setattr("events.services.bursts.record", fail)
    assert outcome(user.get("user/session", sessionid=session.pk)) == (403, "invalid-account")


def test_callers_who_are_not_signed_in_count_as_one(db: None) -> None:
    for address in ("192.0.2.1", "192.0.2.2", None):
        record_refused_access("invalid-origin", Actor(ActorKind.ANYBODY, None, address))
    assert refusals() == [("invalid-origin", "")]
