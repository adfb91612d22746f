"""Attacks by an administrator: to become the owner, and to act against the owner and other administrators."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import Account
from accounts.services import deletion, roles
from admin_site.actions.accounts import ACCOUNT_ACTIONS
from dashboard.api.access.permissions import IsAdministrator
from dashboard.api.routing import declared
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import ErrorCode
from events.models import Event
from resetcodes.models import ResetCode
from tests.admin.browser import Browser, required_input, text
from tests.cases import everything
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, ResetCodeFactory, SessionFactory

SECRET_CODE = "planted1"
PROTECTED = (403, "invalid-account")
SENTENCE = "only the owner can do this"
ROLES = pytest.mark.parametrize("role", [{"owner": True}, {"administrator": True}], ids=str)

Attack = Callable[[ApiClient, Account], Any]

ATTACKS: dict[str, Attack] = {
    "create-reset-code": lambda client, account: client.post(
        "administrator/create-reset-code", {"secret-code": SECRET_CODE}, accountid=account.accountid
    ),
    "delete-reset-code": lambda client, account: client.delete(
        "administrator/delete-reset-code", codeid=ResetCodeFactory(account=account).codeid
    ),
    "reset-session-key": lambda client, account: client.patch(
        "administrator/reset-session-key", accountid=account.accountid
    ),
    "set-session-ended": lambda client, account: client.patch(
        "administrator/set-session-ended", sessionid=SessionFactory(account=account).sessionid
    ),
    "set-account-deleted": lambda client, account: client.patch(
        "administrator/set-account-deleted", accountid=account.accountid
    ),
    "delete-account": lambda client, account: client.delete(
        "administrator/delete-account", accountid=account.accountid
    ),
}
each_attack = pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)


OF_ANYBODY = {  # operations that need no rule of whose account they are for
    "reset-account-administrator": "only the owner can",
    "set-owner-account": "only the owner can",
    "set-account-administrator": "it gives a role, to an account that has none",
}


def test_every_operation_on_another_account_asks_whose_it_is() -> None:
    """A service that locks the account by `get_for_update` instead of `get_administered` does not ask."""
    changing = [it for it in declared() if it.spec.method != "GET" and it.path.startswith("/api/administrator/")]
    free = {it.path for it in changing if ErrorCode.ADMINISTRATOR_PROTECTED not in it.spec.errors}
    assert free == {f"/api/administrator/{name}" for name in OF_ANYBODY}, "Let the service call get_administered."
    assert len(changing) > len(free)


def use(secret_code: str) -> tuple[int, str]:
    body = {"username": "somebody", "new-password": "chosen by another", "secret-code": secret_code}
    return outcome(ApiClient().patch("user/reset-account-password", body))


def unchanged(before: dict[str, Any]) -> bool:
    """Whether all is as before, but for what an attack needs to begin: a session or a code of the victim."""
    after = everything()
    return all(after[name] == before[name] for name in before if name not in ("Session", "ResetCode"))


def test_an_administrator_does_not_become_the_owner(administrator: ApiClient) -> None:
    owner = AccountFactory(owner=True, username="somebody")
    assert outcome(ATTACKS["create-reset-code"](administrator, owner)) == PROTECTED
    assert use(SECRET_CODE) == (401, "invalid-reset-code")
    assert Account.objects.owner().get() == owner


@ROLES
@each_attack
def test_an_administrator_does_not_act_against_owner_and_administrators(
    attack: Attack, role: dict[str, bool], administrator: ApiClient
) -> None:
    account = AccountFactory(**role)
    before = everything()
    assert outcome(attack(administrator, account)) == PROTECTED
    assert unchanged(before)


@each_attack
def test_an_application_server_does_not_on_behalf_of_an_administrator(
    attack: Attack, administrator: ApiClient, settings: Any
) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://example.com", "a token"
    assert administrator.session
    client = ApiClient()
    client.client.defaults |= {
        "HTTP_X_APPLICATION_SERVER": "https://example.com",
        "HTTP_X_APPLICATION_SERVER_TOKEN": "a token",
        "HTTP_X_ACCOUNTID": administrator.account.accountid,
        "HTTP_X_SESSIONID": administrator.session.sessionid,
    }
    assert outcome(attack(client, AccountFactory(owner=True))) == PROTECTED


def test_a_scheduled_administrator_is_not_restored_by_another(administrator: ApiClient, owner: ApiClient) -> None:
    account = AccountFactory(administrator=True, scheduled=True)
    restore = {"method": "PATCH", "route": "administrator/reset-account-deleted", "accountid": account.accountid}
    assert outcome(administrator.call(**restore)) == PROTECTED
    assert outcome(owner.call(**restore)) == (200, "")


@each_attack
def test_the_owner_acts_on_administrators(attack: Attack, owner: ApiClient) -> None:
    assert outcome(attack(owner, AccountFactory(administrator=True))) == (200, "")


@each_attack
def test_administrators_act_on_everybody_else(attack: Attack, administrator: ApiClient) -> None:
    assert outcome(attack(administrator, AccountFactory())) == (200, "")


@pytest.mark.parametrize("name", ["create-reset-code", "reset-session-key", "set-session-ended"])
def test_administrators_act_on_themselves(name: str, administrator: ApiClient) -> None:
    assert outcome(ATTACKS[name](administrator, administrator.account)) == (200, "")


@each_attack
def test_contract_lets_administrators_act_on_each_other(
    attack: Attack, administrator: ApiClient, settings: Any
) -> None:
    settings.PROTECT_ADMINISTRATORS = False
    assert outcome(attack(administrator, AccountFactory(administrator=True))) == (200, "")


# The site


PROTECTED_ACTIONS = [
    it
    for it in ACCOUNT_ACTIONS
    if not it.owner_only and it.name not in ("set-account-administrator", "reset-account-deleted")
]


@ROLES
@pytest.mark.parametrize("action", PROTECTED_ACTIONS, ids=lambda action: action.name)
def test_the_site_asks_the_same_rule(action: Any, role: dict[str, bool], administrator: ApiClient) -> None:
    browser, account = Browser(administrator.session), AccountFactory(**role)
    before = everything()
    path, fields = f"accounts/account/operations/{action.name}/?pk={account.pk}", required_input(action.name, account)
    page = browser.submit(path, **fields)
    assert SENTENCE in text(page)
    assert everything() == before


def test_a_bulk_operation_asks_the_same_rule(administrator: ApiClient) -> None:
    browser, accounts = Browser(administrator.session), [AccountFactory(), AccountFactory(administrator=True)]
    path = "accounts/account/operations/reset-session-key/?" + "&".join(f"pk={it.pk}" for it in accounts)
    assert "End all sessions: 1 done, 1 refused" in text(browser.submit(path))
    assert [Account.objects.get(pk=it.pk).session_key_number for it in accounts] == [2, 1]


@ROLES
def test_the_site_marks_what_only_the_owner_can_do(role: dict[str, bool], administrator: ApiClient) -> None:
    account = AccountFactory(**role)
    page = text(Browser(administrator.session).get(f"accounts/account/{account.pk}/change/"))
    assert "Create reset code (owner only)" in page
    assert "Schedule deletion (owner only)" in page


def test_a_session_of_the_owner_is_not_ended_on_the_site(administrator: ApiClient) -> None:
    session = SessionFactory(account=AccountFactory(owner=True))
    browser = Browser(administrator.session)
    page = browser.submit(f"sessions_app/session/operations/set-session-ended/?pk={session.pk}")
    assert SENTENCE in text(page)
    session.refresh_from_db()
    assert session.ended_at is None


# Codes that were planted before


def plant(administrator: ApiClient, account: Account) -> None:
    assert outcome(ATTACKS["create-reset-code"](administrator, account)) == (200, "")


def test_a_planted_code_ends_when_the_administrator_is_demoted(administrator: ApiClient, owner: ApiClient) -> None:
    plant(administrator, AccountFactory(username="somebody"))
    owner.patch("administrator/reset-account-administrator", accountid=administrator.account.accountid)
    assert use(SECRET_CODE) == (401, "invalid-reset-code")


def test_a_planted_code_ends_when_an_operator_demotes_the_administrator(administrator: ApiClient) -> None:
    plant(administrator, AccountFactory(username="somebody"))
    roles.force_reset_account_administrator(administrator.account.accountid, Actor.command_line())
    assert use(SECRET_CODE) == (401, "invalid-reset-code")


def test_a_planted_code_ends_when_the_administrator_is_deleted(administrator: ApiClient, owner: ApiClient) -> None:
    plant(administrator, AccountFactory(username="somebody"))
    owner.delete("administrator/delete-account", accountid=administrator.account.accountid)
    assert use(SECRET_CODE) == (401, "invalid-reset-code")


def test_a_planted_code_ends_when_the_administrator_is_due(administrator: ApiClient) -> None:
    plant(administrator, AccountFactory(username="somebody"))
    due = AccountFactory(overdue=True)
    ResetCode.objects.update(created_by=due)
    assert deletion.purge_account(due.accountid, Actor.command_line())
    assert use(SECRET_CODE) == (401, "invalid-reset-code")


def test_a_planted_code_does_not_open_an_account_that_gets_a_role(administrator: ApiClient, owner: ApiClient) -> None:
    """Otherwise the administrator would plant one in an account that the owner is about to promote."""
    for name in ("set-account-administrator", "set-owner-account"):
        account = AccountFactory(username="somebody")
        plant(administrator, account)
        assert outcome(owner.patch(f"administrator/{name}", accountid=account.accountid)) == (200, "")
        assert use(SECRET_CODE) == (401, "invalid-reset-code")
        Account.objects.filter(pk=account.pk).update(username_hash=name)


def test_codes_of_a_former_owner_end(owner: ApiClient) -> None:
    account = AccountFactory(username="somebody", administrator=True)
    plant(owner, account)
    owner.patch("administrator/set-owner-account", accountid=AccountFactory().accountid)
    assert use(SECRET_CODE) == (401, "invalid-reset-code")


def test_codes_of_other_administrators_stay(administrator: ApiClient, owner: ApiClient) -> None:
    plant(administrator, AccountFactory(username="somebody"))
    another = AccountFactory(administrator=True)
    owner.patch("administrator/reset-account-administrator", accountid=another.accountid)
    assert use(SECRET_CODE) == (200, "")


def test_contract_leaves_codes_of_a_demoted_or_deleted_administrator(
    administrator: ApiClient, owner: ApiClient, settings: Any
) -> None:
    settings.REVOKE_RESET_CODES = False
    plant(administrator, AccountFactory(username="somebody"))
    owner.patch("administrator/reset-account-administrator", accountid=administrator.account.accountid)
    owner.delete("administrator/delete-account", accountid=administrator.account.accountid)
    assert use(SECRET_CODE) == (200, "")


# A role that is taken while the request is on its way


@each_attack
def test_a_role_that_was_just_taken_counts(attack: Attack, user: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IsAdministrator, "has_permission", lambda *args: True)  # as when it asked a moment ago
    account = AccountFactory()
    before = everything()
    response = attack(user, account)
    assert (response.status_code, response.json()) == (403, {"object": "auth", "message": "Administrator required"})
    assert unchanged(before)


def test_nobody_is_promoted_by_an_account_without_the_role(user: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(IsAdministrator, "has_permission", lambda *args: True)
    response = user.patch("administrator/set-account-administrator", accountid=user.account.accountid)
    assert outcome(response) == (403, "Administrator required")


def test_operators_act_on_everybody(db: None) -> None:
    owner = AccountFactory(owner=True)
    deletion.set_account_deleted(owner.accountid, Actor.command_line())
    assert Event.objects.get().actor_kind == ActorKind.COMMAND_LINE
