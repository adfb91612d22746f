"""The page of an account explains why sign-ins fail, and shows the account's history."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.services import deletion
from admin_site.pages.labels import REFUSAL_LABELS
from dashboard.api.access.refusals import ADMINISTRATOR_REQUIRED, APPLICATION_SERVER, EXPIRED_FORM, REASONS
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import ErrorCode
from events.models import Action
from events.services.recording import record
from sessions_app.services import sessions
from tests.admin.browser import Browser, text
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

ANONYMOUS = Actor(ActorKind.ANYBODY, None, "198.51.100.1", "")
NO_OBSTACLE = "Nothing prevents signing in with the right username and password."


def page_of(browser: Browser, account: Any) -> str:
    return text(browser.get(f"accounts/account/{account.pk}/change/"))


def in_minutes(minutes: int) -> Any:
    return timezone.now() + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ({"last_signed_in_at": timezone.now()}, NO_OBSTACLE),
        ({}, "Nobody has ever signed in to this account."),
        ({"locked_until": in_minutes(61), "failed_sign_ins": 11}, "after 11 wrong passwords or codes in a row."),
        ({"locked_until": in_minutes(-1), "failed_sign_ins": 11}, NO_OBSTACLE),
        ({"scheduled": True}, "The account is scheduled for deletion on"),
        ({"overdue": True}, "The account was due for deletion and can no longer be restored."),
    ],
)
def test_page_explains_why_sign_ins_fail(support: Browser, state: dict[str, Any], sentence: str) -> None:
    page = page_of(support, AccountFactory(**state))
    assert sentence in page
    assert (NO_OBSTACLE in page) == (sentence == NO_OBSTACLE or not state)


def test_page_names_the_networks_that_have_to_wait(support: Browser) -> None:
    account = AccountFactory(last_signed_in_at=timezone.now())
    waits = {"failed_sign_ins": 11, "locked_until": in_minutes(61)}
    account.sign_in_clients.create(client="network 198.51.100.1/32", **waits)
    account.sign_in_clients.create(client="network 203.0.113.7/32", failed_sign_ins=2)
    page = page_of(support, account)
    assert "Network 198.51.100.1/32 has to wait until" in page
    assert "203.0.113.7/32" not in page
    assert NO_OBSTACLE not in page


def test_page_counts_recently_refused_sign_ins(support: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    account = AccountFactory()
    for refusal in (ErrorCode.PASSWORD_WRONG, ErrorCode.PASSWORD_WRONG, ErrorCode.RESET_CODE_WRONG):
        record(Action.REFUSE_SIGN_IN, account.accountid, ANONYMOUS, refusal=refusal.code)
    page = page_of(support, account)
    assert (
        "Sign-ins refused in the last 24 hours: wrong password (2), wrong reset code (1). The most recent was at"
        in page
    )
    monkeypatch.setattr("admin_site.pages.account_status.REFUSALS_LIMIT", 2)
    page = page_of(support, account)
    assert "Sign-ins refused in the last 24 hours (the latest 2): wrong" in page
    assert "from 198.51.100.1." in page


@pytest.mark.parametrize(
    ("state", "badge"),
    [
        ({"owner": True}, "Owner"),
        ({"administrator": True}, "Administrator"),
        ({"scheduled": True}, "Deletion on"),
        ({"locked_until": in_minutes(61)}, "Locked"),
    ],
)
def test_state_is_a_badge_on_page_and_list(support: Browser, state: dict[str, Any], badge: str) -> None:
    account = AccountFactory(**state)
    label = "uppercase whitespace-nowrap"
    for path in (f"accounts/account/{account.pk}/change/", f"accounts/account/?q={account.pk}"):
        assert label in support.get(path).content.decode()
        assert badge in text(support.get(path))


def test_page_shows_profiles_sessions_codes_and_history(support: Browser) -> None:
    account = AccountFactory(username="somebody")
    account.profile = ProfileFactory(account=account)
    account.save()
    rows = [
        SessionFactory(account=account),
        SessionFactory(account=account, expired=True),
        ResetCodeFactory(account=account),
    ]
    sessions.create_session("somebody", PASSWORD, "", ANONYMOUS)
    page = page_of(support, account)
    assert all(row.pk in page for row in rows)
    for what in ("Somebody (default)", "somebody@example.com", "Expired", "Signed in", "198.51.100.1"):
        assert what in page
    content = support.get(f"accounts/account/{account.pk}/change/").content.decode()
    for name in ("accounts/profile", "sessions_app/session", "resetcodes/resetcode", "events/event"):
        assert f'href="/admin/{name}/?accountid={account.pk}' in content


@pytest.mark.parametrize(
    ("end", "why"),
    [
        (
            lambda it, by: sessions.set_own_session_ended(it.pk, it.account_id, by(it.account_id)),
            "by the account owner",
        ),
        (lambda it, by: sessions.set_session_ended(it.pk, by("acct_00000000000000aa")), "by acct_00000000000000aa"),
        (lambda it, by: deletion.set_account_deleted(it.account_id, Actor.command_line()), "by an operator"),
    ],
)
def test_page_shows_why_a_session_ended_and_who_ended_it(support: Browser, end: Any, why: str) -> None:
    session = SessionFactory()
    AccountFactory(accountid="acct_00000000000000aa", administrator=True)
    end(session, lambda accountid: Actor(ActorKind.ACCOUNT, accountid))
    assert why in page_of(support, session.account)
    assert why in text(support.get(f"sessions_app/session/{session.pk}/change/"))


def test_every_action_has_a_label() -> None:
    assert not [it for it in Action if it.label == it.name.replace("_", " ").title()]  # what Django makes of the name
    access = {*REASONS.values(), ADMINISTRATOR_REQUIRED, APPLICATION_SERVER, EXPIRED_FORM}
    assert access <= REFUSAL_LABELS.keys() <= access | {refusal.code for refusal in ErrorCode}


@pytest.mark.parametrize("name", ["sessions_app/session", "events/event"])
@pytest.mark.parametrize("pk", ["nonsense", "%00", "9" * 30, "-1"])
def test_unknown_row_is_not_found(support: Browser, name: str, pk: str) -> None:
    assert support.get(f"{name}/{pk}/change/").status_code == 404


@pytest.mark.parametrize("accountid", ["acct_0000000000000000", "nonsense", "sess_0000000000000000", "%00"])
def test_unknown_account_is_not_found(support: Browser, accountid: str) -> None:
    assert support.get(f"accounts/account/{accountid}/change/").status_code == 404


def test_account_can_be_unlocked_while_only_a_network_has_to_wait(support: Browser) -> None:
    account = AccountFactory()
    account.sign_in_clients.create(client="network 198.51.100.1/32", failed_sign_ins=11, locked_until=in_minutes(61))
    button = f"/admin/accounts/account/operations/unlock-account/?pk={account.pk}"
    path = f"accounts/account/{account.pk}/change/"
    assert button in support.get(path).content.decode()
    account.sign_in_clients.update(locked_until=in_minutes(-1))
    assert button not in support.get(path).content.decode()


def test_profile_without_a_name_shows_no_markup(support: Browser) -> None:
    account = AccountFactory()
    account.profile = ProfileFactory(account=account, full_name="")
    account.save()
    ProfileFactory(account=account, full_name="")
    page = page_of(support, account)
    assert "(default)" in page
    assert "span class" not in page
