"""Service actions are confirmed first, and then done or refused by the service."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from admin_site.actions.accounts import ACCOUNT_ACTIONS
from admin_site.actions.sessions import RESET_CODE_ACTIONS, SESSION_ACTIONS
from dashboard.core.crypto import hashing
from events.models import Action, Event
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.admin.browser import Browser, hidden, required_input, text
from tests.client import ApiClient
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

LOCKED = {"failed_sign_ins": 12, "locked_until": timezone.now() + timedelta(days=1)}


def url(name: str, *rows: Any, kind: str = "accounts/account") -> str:
    return f"{kind}/operations/{name}/?" + "&".join(f"pk={row.pk}" for row in rows)


def confirm(browser: Browser, name: str, *rows: Any, kind: str = "accounts/account", **fields: str) -> Any:
    """Open the confirmation page, and confirm."""
    return browser.submit(url(name, *rows, kind=kind), **fields)


def after(response: Any, browser: Browser) -> str:
    """Return the text of the page that a confirmed action redirects to."""
    assert response.status_code == 302, text(response)
    return text(browser.client.get(response["Location"]))


# name, state of the account before, condition on the account after, message
DONE = [
    ("reset-session-key", {}, lambda it: it.session_key_number == 2, "All sessions have ended."),
    ("unlock-account", LOCKED, lambda it: it.locked_until is None, "The account is unlocked."),
    (
        "remove-second-factors",
        {"second_factor_since": timezone.now()},
        lambda it: it.second_factor_since is None,
        "The second factors were removed.",
    ),
    (
        "set-account-administrator",
        {},
        lambda it: it.administrator_since is not None,
        "The account is now an administrator.",
    ),
    ("set-account-deleted", {}, lambda it: it.deleted_at is not None, "The account is scheduled for deletion."),
    ("reset-account-deleted", {"scheduled": True}, lambda it: it.deleted_at is None, "The deletion was cancelled."),
    ("create-reset-code", {}, lambda it: it.reset_codes.count() == 1, "This code is shown only once."),
]
DONE_BY_OWNER = [
    (
        "reset-account-administrator",
        {"administrator": True},
        lambda it: it.administrator_since is None,
        "The account is no longer an administrator.",
    ),
    ("set-owner-account", {}, lambda it: it.owner_since is not None, "The account is now the owner."),
]
REFUSED = [
    ("reset-session-key", {"scheduled": True}, "The account is scheduled for deletion."),
    ("set-account-administrator", {"administrator": True}, "The account is already an administrator."),
    ("set-account-administrator", {"scheduled": True}, "The account is scheduled for deletion."),
    ("set-account-deleted", {"scheduled": True}, "The account is already scheduled for deletion."),
    ("reset-account-deleted", {"overdue": True}, "or it is too late to restore it."),
    ("reset-account-administrator", {"administrator": True}, "Only the owner can do this."),
    ("set-owner-account", {}, "Only the owner can do this."),
    ("delete-account", {}, "Only the owner can do this."),
]
REFUSED_THE_OWNER = [
    ("reset-account-administrator", {}, "The account is not an administrator"),
    ("set-owner-account", {"scheduled": True}, "The account is scheduled for deletion."),
]


def test_every_account_action_is_tested() -> None:
    tried = {name for name, *_ in (*DONE, *DONE_BY_OWNER)} | {"delete-account"}
    offered = {action.name for action in ACCOUNT_ACTIONS}
    assert offered - tried == set(), "Add these actions to DONE."
    assert tried - offered == set()


@pytest.mark.parametrize("action", [*ACCOUNT_ACTIONS, *SESSION_ACTIONS, *RESET_CODE_ACTIONS])
def test_action_has_the_name_of_its_event(action: Any) -> None:
    assert action.name in set(Action)


def done(browser: Browser, name: str, state: dict[str, Any], outcome: Any, sentence: str) -> None:
    account = AccountFactory(**state)
    asked = browser.get(url(name, account))
    assert account.accountid in text(asked)
    assert not Event.objects.filter(accountid=account.accountid).exists()
    response = browser.resubmit(asked, url(name, account), **required_input(name, account))
    assert sentence in (text(response) if response.status_code == 200 else after(response, browser))
    assert outcome(Account.objects.get(pk=account.pk))
    event = Event.objects.exclude(action=Action.VIEW_ACCOUNT).get(accountid=account.accountid)
    assert (event.action, event.actor_accountid) == (name, browser.account.accountid)
    assert (event.ip_address, event.user_agent) == ("203.0.113.7", "Firefox 140 on Windows")


@pytest.mark.parametrize(("name", "state", "outcome", "sentence"), DONE)
def test_action_is_done_for_an_administrator(
    support: Browser, name: str, state: dict[str, Any], outcome: Any, sentence: str
) -> None:
    done(support, name, state, outcome, sentence)


@pytest.mark.parametrize(("name", "state", "outcome", "sentence"), DONE_BY_OWNER)
def test_action_is_done_for_the_owner(
    owner: Browser, name: str, state: dict[str, Any], outcome: Any, sentence: str
) -> None:
    done(owner, name, state, outcome, sentence)


def refused(browser: Browser, name: str, state: dict[str, Any], sentence: str) -> None:
    account = AccountFactory(**state)
    before = Account.objects.filter(pk=account.pk).values().get()
    response = confirm(browser, name, account, **required_input(name, account))
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert Account.objects.filter(pk=account.pk).values().get() == before
    assert not Event.objects.exclude(action=Action.REFUSE_ACCESS).exists()


@pytest.mark.parametrize(("name", "state", "sentence"), REFUSED)
def test_action_is_refused_to_an_administrator(
    support: Browser, name: str, state: dict[str, Any], sentence: str
) -> None:
    refused(support, name, state, sentence)


@pytest.mark.parametrize(("name", "state", "sentence"), REFUSED_THE_OWNER)
def test_action_is_refused_to_the_owner(owner: Browser, name: str, state: dict[str, Any], sentence: str) -> None:
    refused(owner, name, state, sentence)


def test_owner_deletes_an_account_whose_id_they_type(owner: Browser) -> None:
    account = ProfileFactory().account
    response = confirm(owner, "delete-account", account, typed="acct_0000000000000000")
    assert "This is not the account ID." in text(response)
    response = confirm(owner, "delete-account", account, typed=account.accountid)
    assert response["Location"] == "/admin/accounts/account/"
    assert "The account was deleted." in after(response, owner)
    assert not Account.objects.filter(pk=account.pk).exists()


def test_owners_account_is_not_deleted(owner: Browser) -> None:
    response = confirm(owner, "delete-account", owner.account, typed=owner.account.accountid)
    assert "transfer ownership first" in text(response)


def test_reset_code_is_shown_once_and_sets_a_password(support: Browser, guest: ApiClient) -> None:
    account = AccountFactory(username="somebody")
    page = confirm(support, "create-reset-code", account)
    code = page.content.decode().partition('id="secret-code" value="')[2].partition('"')[0]
    assert ResetCode.objects.get(account=account).secret_code_hash == hashing.text_hashes(code)[0]
    assert "no-store" in page["Cache-Control"]
    for path in (f"accounts/account/{account.pk}/change/", "resetcodes/resetcode/", "events/event/"):
        assert code not in support.get(path).content.decode()
    body = {"username": "somebody", "new-password": "another password", "secret-code": code}
    assert guest.patch("user/reset-account-password", body).status_code == 200


def test_reset_code_to_be_read_out_is_short_and_says_how_long_it_works(support: Browser) -> None:
    page = confirm(support, "create-reset-code", AccountFactory(), hand_over="spoken")
    code = ResetCode.objects.get()
    assert 'size="11"' in page.content.decode()
    assert "It works until" in text(page)
    assert "no longer after 5 wrong codes" in text(page)
    assert code.expires_at


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"expires_at": timezone.now() - timedelta(days=1)}, "Expired"),
        ({"attempts_left": 0}, "Blocked after too many wrong codes"),
    ],
)
def test_reset_code_that_no_longer_works_says_so(support: Browser, fields: dict[str, Any], state: str) -> None:
    code = ResetCodeFactory(**fields)
    for path in (
        "resetcodes/resetcode/",
        f"resetcodes/resetcode/{code.pk}/change/",
        f"accounts/account/{code.account_id}/change/",
    ):
        assert state in text(support.get(path)), path


def test_reset_code_may_be_typed(support: Browser) -> None:
    page = confirm(support, "create-reset-code", AccountFactory(), secret_code="typed0code")
    assert 'value="typed0code"' in page.content.decode()


@pytest.mark.parametrize("code", ["short", "no spaces in it", "x" * 51])
def test_typed_reset_code_that_is_refused(support: Browser, code: str) -> None:
    page = confirm(support, "create-reset-code", AccountFactory(), secret_code=code)
    assert "A secret-code" in text(page)
    assert not ResetCode.objects.exists()


def test_ended_session_is_refused_by_the_api(support: Browser) -> None:
    user = ApiClient(SessionFactory())
    assert user.get("user/account", accountid=user.account.accountid).status_code == 200
    response = confirm(support, "set-session-ended", user.session, kind="sessions_app/session")
    assert response["Location"] == f"/admin/accounts/account/{user.account.pk}/change/"
    assert "The session has ended." in after(response, support)
    assert user.get("user/account", accountid=user.account.accountid).status_code == 401


def test_idle_session_says_so_and_is_ended(support: Browser, settings: Any) -> None:
    settings.SESSION_IDLE_TIMEOUT = 3600
    idle = SessionFactory(last_seen_at=timezone.now() - timedelta(hours=5))
    page = support.get(f"sessions_app/session/{idle.pk}/change/")
    assert "State Idle for too long" in text(page)
    assert f"set-session-ended/?pk={idle.pk}" in page.content.decode()
    became_idle = (idle.last_seen_at + timedelta(hours=1)).isoformat()
    account_page = support.get(f"accounts/account/{idle.account_id}/change/").content.decode()
    assert f'<time datetime="{became_idle}"' in account_page
    confirm(support, "set-session-ended", idle, kind="sessions_app/session")
    idle.refresh_from_db()
    assert idle.ended_at


def test_session_of_an_unknown_client_is_described_in_words(support: Browser) -> None:
    session = SessionFactory(user_agent="", ip_address=None)
    path = f"sessions_app/session/operations/set-session-ended/?pk={session.pk}"
    page = support.get(path)
    description = f"{session.account_id}: an unknown client"
    assert f"{description} {session.pk}" in text(page)
    assert f"{description}: The session has ended." in after(support.resubmit(page, path), support)


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ({"overdue": True}, "Cancel deletion"),
        ({"administrator": True, "scheduled": True}, "Revoke administrator role"),
        ({"owner": True}, "Delete now"),
    ],
)
def test_page_offers_nothing_that_is_refused_in_the_state_of_its_account(
    owner: Browser, state: dict[str, Any], title: str
) -> None:
    account = owner.account if "owner" in state else AccountFactory(**state)
    assert title not in text(owner.get(f"accounts/account/{account.pk}/change/"))
    action = next(it for it in ACCOUNT_ACTIONS if it.title == title)
    response = confirm(owner, action.name, account, **required_input(action.name, account))
    assert response.status_code == 200  # the page with the reason


def test_session_that_has_ended_is_not_ended_again(support: Browser) -> None:
    session = SessionFactory(is_ended_by_request=True)
    page = confirm(support, "set-session-ended", session, kind="sessions_app/session")
    assert "The session has already ended." in text(page)


def test_reset_code_is_revoked(support: Browser) -> None:
    code = ResetCodeFactory()
    response = confirm(support, "delete-reset-code", code, kind="resetcodes/resetcode")
    assert "The reset code was revoked." in after(response, support)
    assert not ResetCode.objects.exists()


def test_bulk_action_is_confirmed_and_reported_row_by_row(support: Browser) -> None:
    accounts = [AccountFactory(), AccountFactory(scheduled=True), AccountFactory()]
    gone = AccountFactory()
    chosen = {"action": "reset-session-key", "_selected_action": [it.pk for it in (*accounts, gone)], "index": "0"}
    response = support.resubmit(support.get("accounts/account/"), "accounts/account/", **chosen)
    asked = support.client.get(response["Location"])
    assert "End all sessions: 4 accounts?" in text(asked)
    assert not Event.objects.exists()
    gone.delete()
    report = support.client.post(response["Location"], hidden(asked))
    told = text(report)
    assert "End all sessions: 2 done, 2 refused" in told
    assert (told.count("All sessions have ended."), told.count("The account is scheduled for deletion.")) == (2, 1)
    assert "No account has this accountid." in told
    assert [Account.objects.get(pk=it.pk).session_key_number for it in accounts] == [2, 1, 2]


def test_bulk_action_never_selects_a_whole_table(support: Browser) -> None:
    accounts = [AccountFactory() for _ in range(3)]
    chosen = {"action": "reset-session-key", "_selected_action": [accounts[0].pk], "select_across": "1", "index": "0"}
    response = support.resubmit(support.get("accounts/account/"), "accounts/account/", **chosen)
    assert response["Location"] == f"/admin/{url('reset-session-key', accounts[0])}"


def test_bulk_actions_are_those_permitted(support: Browser, owner: Browser) -> None:
    AccountFactory()
    option = '<option value="reset-account-administrator"'
    assert option not in support.get("accounts/account/").content.decode()
    assert option in owner.get("accounts/account/").content.decode()
    assert '<option value="delete-account"' not in owner.get("accounts/account/").content.decode()
    assert "delete_selected" not in owner.get("accounts/account/").content.decode()


@pytest.mark.parametrize("name", ["delete-account", "set-owner-account", "create-reset-code"])
def test_action_on_one_row_is_not_offered_in_bulk(owner: Browser, name: str) -> None:
    assert owner.get(url(name, AccountFactory(), AccountFactory())).status_code == 404


@pytest.mark.parametrize(
    "path", ["nothing/?pk=acct_0000000000000000", "reset-session-key/", "reset-session-key/?pk=%00"]
)
def test_action_without_a_row_is_not_found(support: Browser, path: str) -> None:
    assert support.get(f"accounts/account/operations/{path}").status_code == 404


def test_action_without_csrf_token_is_refused(support: Browser) -> None:
    account = AccountFactory()
    assert support.client.post(f"/admin/{url('reset-session-key', account)}").status_code == 403
    assert Account.objects.get(pk=account.pk).session_key_number == 1


def test_action_may_end_the_own_session(support: Browser) -> None:
    confirm(support, "reset-session-key", support.account)
    assert not support.is_signed_in()
    assert Session.objects.get(pk=support.session).ended_by_accountid == support.account.accountid


def test_page_offers_available_actions_and_marks_those_of_the_owner(support: Browser) -> None:
    account = AccountFactory()
    page = text(support.get(f"accounts/account/{account.pk}/change/"))
    assert "Schedule deletion" in page
    assert "Cancel deletion" not in page
    assert "Unlock" not in page
    assert "Delete now (owner only)" in page
    assert PASSWORD not in page
