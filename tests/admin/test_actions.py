"""Everything that can be done on the site: asked first, done by the service, or refused in its words."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from admin_site.actions.accounts import OPERATIONS
from admin_site.actions.sessions import RESET_CODE_OPERATIONS, SESSION_OPERATIONS
from dashboard.core import hashing
from events.models import Action, Event
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.admin.browser import Browser, hidden, text
from tests.client import ApiClient
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

LOCKED = {"failed_sign_ins": 12, "locked_until": timezone.now() + timedelta(days=1)}


def url(name: str, *rows: Any, kind: str = "accounts/account") -> str:
    return f"{kind}/operations/{name}/?" + "&".join(f"pk={row.pk}" for row in rows)


def operate(browser: Browser, name: str, *rows: Any, kind: str = "accounts/account", **fields: str) -> Any:
    """Open the page that asks, and confirm."""
    return browser.submit(url(name, *rows, kind=kind), **fields)


def after(response: Any, browser: Browser) -> str:
    """What is told on the page that a confirmed operation leads to."""
    assert response.status_code == 302, text(response)
    return text(browser.client.get(response["Location"]))


# name, who it is done to, what is to be true of them then, the sentence
DONE = [
    ("reset-session-key", {}, lambda it: it.session_key_number == 2, "All sessions have ended."),
    ("unlock-account", LOCKED, lambda it: it.locked_until is None, "The account is unlocked."),
    (
        "set-account-administrator",
        {},
        lambda it: it.administrator_since is not None,
        "The account is an administrator's now.",
    ),
    ("set-account-deleted", {}, lambda it: it.deleted_at is not None, "The account is scheduled for deletion."),
    ("reset-account-deleted", {"scheduled": True}, lambda it: it.deleted_at is None, "The deletion was cancelled."),
    ("create-reset-code", {}, lambda it: it.reset_codes.count() == 1, "It is shown this once."),
]
DONE_BY_OWNER = [
    (
        "reset-account-administrator",
        {"administrator": True},
        lambda it: it.administrator_since is None,
        "The account is no administrator's any more.",
    ),
    ("set-owner-account", {}, lambda it: it.owner_since is not None, "The account is the owner's now"),
]
REFUSED = [
    ("reset-session-key", {"scheduled": True}, "The account is scheduled for deletion."),
    ("set-account-administrator", {"administrator": True}, "The account is an administrator already."),
    ("set-account-administrator", {"scheduled": True}, "The account is scheduled for deletion."),
    ("set-account-deleted", {"scheduled": True}, "The account is scheduled for deletion already."),
    ("reset-account-deleted", {"overdue": True}, "or the time to restore it has passed."),
    ("reset-account-administrator", {"administrator": True}, "Only the owner may do this."),
    ("set-owner-account", {}, "Only the owner may do this."),
    ("delete-account", {}, "Only the owner may do this."),
]
REFUSED_THE_OWNER = [
    ("reset-account-administrator", {}, "The account is not an administrator"),
    ("set-owner-account", {"scheduled": True}, "The account is scheduled for deletion."),
]


def test_every_operation_of_accounts_is_tried() -> None:
    tried = {name for name, *_ in (*DONE, *DONE_BY_OWNER)} | {"delete-account"}
    assert tried == {operation.name for operation in OPERATIONS}


@pytest.mark.parametrize("operation", [*OPERATIONS, *SESSION_OPERATIONS, *RESET_CODE_OPERATIONS])
def test_operation_is_called_as_it_is_recorded(operation: Any) -> None:
    assert operation.name in set(Action)


def done(browser: Browser, name: str, state: dict[str, Any], outcome: Any, sentence: str) -> None:
    account = AccountFactory(**state)
    asked = browser.get(url(name, account))
    assert account.accountid in text(asked)
    assert not Event.objects.filter(accountid=account.accountid).exists()
    response = browser.resubmit(asked, url(name, account))
    assert sentence in (text(response) if response.status_code == 200 else after(response, browser))
    assert outcome(Account.objects.get(pk=account.pk))
    event = Event.objects.get(accountid=account.accountid)
    assert (event.action, event.actor_accountid) == (name, browser.account.accountid)
    assert (event.ip_address, event.user_agent) == ("203.0.113.7", "Firefox 140 on Windows")


@pytest.mark.parametrize(("name", "state", "outcome", "sentence"), DONE)
def test_operation_is_done_by_an_administrator(
    support: Browser, name: str, state: dict[str, Any], outcome: Any, sentence: str
) -> None:
    done(support, name, state, outcome, sentence)


@pytest.mark.parametrize(("name", "state", "outcome", "sentence"), DONE_BY_OWNER)
def test_operation_is_done_by_the_owner(
    boss: Browser, name: str, state: dict[str, Any], outcome: Any, sentence: str
) -> None:
    done(boss, name, state, outcome, sentence)


def refused(browser: Browser, name: str, state: dict[str, Any], sentence: str) -> None:
    account = AccountFactory(**state)
    before = Account.objects.filter(pk=account.pk).values().get()
    response = operate(browser, name, account, typed=account.accountid)
    assert (response.status_code, sentence in text(response)) == (200, True)
    assert Account.objects.filter(pk=account.pk).values().get() == before
    assert not Event.objects.exists()


@pytest.mark.parametrize(("name", "state", "sentence"), REFUSED)
def test_operation_is_refused_an_administrator(
    support: Browser, name: str, state: dict[str, Any], sentence: str
) -> None:
    refused(support, name, state, sentence)


@pytest.mark.parametrize(("name", "state", "sentence"), REFUSED_THE_OWNER)
def test_operation_is_refused_the_owner(boss: Browser, name: str, state: dict[str, Any], sentence: str) -> None:
    refused(boss, name, state, sentence)


def test_owner_deletes_an_account_whose_id_they_type(boss: Browser) -> None:
    account = ProfileFactory().account
    response = operate(boss, "delete-account", account, typed="acct_0000000000000000")
    assert "This is not the id of the account." in text(response)
    response = operate(boss, "delete-account", account, typed=account.accountid)
    assert response["Location"] == "/admin/accounts/account/"
    assert "The account was deleted." in after(response, boss)
    assert not Account.objects.filter(pk=account.pk).exists()


def test_owners_account_is_not_deleted(boss: Browser) -> None:
    response = operate(boss, "delete-account", boss.account, typed=boss.account.accountid)
    assert "transfer ownership first" in text(response)


def test_reset_code_is_shown_once_and_sets_a_password(support: Browser, guest: ApiClient) -> None:
    account = AccountFactory(username="somebody")
    page = operate(support, "create-reset-code", account)
    code = page.content.decode().partition('x-ref="code" value="')[2].partition('"')[0]
    assert ResetCode.objects.get(account=account).secret_code_hash == hashing.text_hashes(code)[0]
    assert "no-store" in page["Cache-Control"]
    for path in (f"accounts/account/{account.pk}/change/", "resetcodes/resetcode/", "events/event/"):
        assert code not in support.get(path).content.decode()
    body = {"username": "somebody", "new-password": "another password", "secret-code": code}
    assert guest.patch("user/reset-account-password", body).status_code == 200


def test_reset_code_may_be_typed(support: Browser) -> None:
    page = operate(support, "create-reset-code", AccountFactory(), secret_code="typed0code")
    assert 'value="typed0code"' in page.content.decode()


@pytest.mark.parametrize("code", ["short", "no spaces in it", "x" * 51])
def test_typed_reset_code_that_is_refused(support: Browser, code: str) -> None:
    page = operate(support, "create-reset-code", AccountFactory(), secret_code=code)
    assert "A secret-code has" in text(page)
    assert not ResetCode.objects.exists()


def test_ended_session_is_refused_by_the_api(support: Browser) -> None:
    user = ApiClient(SessionFactory())
    assert user.get("user/account", accountid=user.account.accountid).status_code == 200
    response = operate(support, "set-session-ended", user.session, kind="sessions_app/session")
    assert response["Location"] == f"/admin/accounts/account/{user.account.pk}/change/"
    assert "The session has ended." in after(response, support)
    assert user.get("user/account", accountid=user.account.accountid).status_code == 401


def test_session_that_has_ended_is_not_ended_again(support: Browser) -> None:
    session = SessionFactory(is_ended_by_request=True)
    page = operate(support, "set-session-ended", session, kind="sessions_app/session")
    assert "The session has ended already." in text(page)


def test_reset_code_is_taken_back(support: Browser) -> None:
    code = ResetCodeFactory()
    response = operate(support, "delete-reset-code", code, kind="resetcodes/resetcode")
    assert "The reset code was taken back." in after(response, support)
    assert not ResetCode.objects.exists()


def test_bulk_action_asks_and_then_reports_each(support: Browser) -> None:
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
    assert "The accountid names no account." in told
    assert [Account.objects.get(pk=it.pk).session_key_number for it in accounts] == [2, 1, 2]


def test_bulk_action_never_means_a_whole_table(support: Browser) -> None:
    accounts = [AccountFactory() for _ in range(3)]
    chosen = {"action": "reset-session-key", "_selected_action": [accounts[0].pk], "select_across": "1", "index": "0"}
    response = support.resubmit(support.get("accounts/account/"), "accounts/account/", **chosen)
    assert response["Location"] == f"/admin/{url('reset-session-key', accounts[0])}"


def test_bulk_actions_are_those_that_one_may_do(support: Browser, boss: Browser) -> None:
    AccountFactory()
    option = '<option value="reset-account-administrator"'
    assert option not in support.get("accounts/account/").content.decode()
    assert option in boss.get("accounts/account/").content.decode()
    assert '<option value="delete-account"' not in boss.get("accounts/account/").content.decode()
    assert "delete_selected" not in boss.get("accounts/account/").content.decode()


@pytest.mark.parametrize("name", ["delete-account", "set-owner-account", "create-reset-code"])
def test_what_is_done_to_one_is_not_done_to_several(boss: Browser, name: str) -> None:
    assert boss.get(url(name, AccountFactory(), AccountFactory())).status_code == 404


@pytest.mark.parametrize(
    "path", ["nothing/?pk=acct_0000000000000000", "reset-session-key/", "reset-session-key/?pk=%00"]
)
def test_operation_on_nothing(support: Browser, path: str) -> None:
    assert support.get(f"accounts/account/operations/{path}").status_code == 404


def test_operations_without_their_token_are_refused(support: Browser) -> None:
    account = AccountFactory()
    assert support.client.post(f"/admin/{url('reset-session-key', account)}").status_code == 403
    assert Account.objects.get(pk=account.pk).session_key_number == 1


def test_operation_ends_ones_own_session(support: Browser) -> None:
    operate(support, "reset-session-key", support.account)
    assert not support.is_signed_in()
    assert Session.objects.get(pk=support.session).ended_by_accountid == support.account.accountid


def test_page_offers_what_makes_sense_and_names_what_takes_the_owner(support: Browser) -> None:
    account = AccountFactory()
    page = text(support.get(f"accounts/account/{account.pk}/change/"))
    assert "Schedule deletion" in page
    assert "Cancel deletion" not in page
    assert "Unlock" not in page
    assert "Delete now : only the owner may" in page
    assert PASSWORD not in page
