"""Events say who did what to whom: with names, with links to what still exists, and each reason in one phrase."""

from typing import Any

import pytest

from accounts.models import Account
from accounts.services import deletion
from dashboard.core.actor import Actor, ActorKind
from events.models import Action, Event
from events.services.recording import record
from sessions_app.services import sessions
from tests.admin.browser import Browser, text
from tests.admin.test_login import sign_in
from tests.factories import AccountFactory, EventFactory, ProfileFactory, ResetCodeFactory, SessionFactory

NOT_ADMINISTRATOR = "Sign-in refused: not an administrator"


def named(name: str, **fields: Any) -> Account:
    account = AccountFactory(**fields)
    account.profile = ProfileFactory(account=account, full_name=name)
    account.save()
    return account


def pages_of(browser: Browser, event: Event) -> list[Any]:
    """Return every page that shows this event: the list, its own page and its account's."""
    paths = ["events/event/", f"events/event/{event.pk}/change/", f"accounts/account/{event.accountid}/change/"]
    return [browser.get(path) for path in paths]


@pytest.mark.parametrize("action", Action)
def test_every_action_is_shown_with_names_and_links(support: Browser, action: Action) -> None:
    ada, grace = named("Ada Lovelace"), named("Grace Hopper")
    target = SessionFactory(account=ada)
    event = EventFactory(
        action=action, accountid=ada.pk, targetid=target.pk, actor_kind="account", actor_accountid=grace.pk
    )
    pages = pages_of(support, event)
    for page in pages:
        assert action.label in text(page)
        assert (
            f'/admin/accounts/account/{grace.pk}/change/" class="text-link">Grace Hopper</a>' in page.content.decode()
        )
        assert f'/admin/sessions_app/session/{target.pk}/change/" class="text-link"' in page.content.decode()
    assert f'{ada.pk}/change/" class="text-link">Ada Lovelace</a>' in pages[0].content.decode()


@pytest.mark.parametrize("factory", [SessionFactory, ProfileFactory, ResetCodeFactory])
def test_target_that_was_deleted_is_no_link(support: Browser, factory: Any) -> None:
    account = AccountFactory()
    row = factory(account=account)
    event = EventFactory(accountid=account.pk, targetid=row.pk)
    pk, link = row.pk, f'/{row.pk}/change/" class="text-link"'
    assert all(link in page.content.decode() for page in pages_of(support, event)[:2])
    row.delete()
    for page in pages_of(support, event)[:2]:
        assert link not in page.content.decode()
        assert pk in text(page)


def test_account_that_was_deleted_is_no_link(support: Browser) -> None:
    account = AccountFactory()
    deletion.delete_account(account.pk, Actor(ActorKind.ACCOUNT, support.account.pk))
    page = support.get("events/event/")
    assert account.pk in text(page)
    assert f"/{account.pk}/change/" not in page.content.decode()


def test_session_says_by_name_who_ended_it(support: Browser) -> None:
    session, grace = SessionFactory(), named("Grace Hopper", administrator=True)
    sessions.set_session_ended(session.pk, Actor(ActorKind.ACCOUNT, grace.pk))
    for path in ("sessions_app/session/", f"accounts/account/{session.account_id}/change/"):
        assert "Session ended, by Grace Hopper" in text(support.get(path))


def test_sign_in_without_the_role_is_recorded_as_that(anonymous: Browser, support: Browser) -> None:
    account = AccountFactory(username="helpdesk")
    assert "Only administrators can sign in here." in text(sign_in(anonymous))
    event = Event.objects.get(accountid=account.accountid)
    assert (event.action, event.refusal) == (Action.REFUSE_SIGN_IN, "administrator-required")
    for page in pages_of(support, event):
        assert NOT_ADMINISTRATOR in text(page)
        assert "scheduled for deletion" not in text(page)
    assert "not an administrator (1)" in text(pages_of(support, event)[2])


def test_sign_in_while_deletion_is_scheduled_is_recorded_as_that(anonymous: Browser, support: Browser) -> None:
    account = AccountFactory(username="helpdesk", administrator=True, scheduled=True)
    sign_in(anonymous)
    page = text(support.get("events/event/"))
    assert Event.objects.get(accountid=account.accountid).refusal == "invalid-account"
    assert "Sign-in refused: scheduled for deletion" in page
    assert "not an administrator" not in page


def test_own_sign_in_is_the_persons(anonymous: Browser, support: Browser) -> None:
    account = AccountFactory(username="helpdesk", administrator=True)
    sign_in(anonymous)
    event = Event.objects.get(accountid=account.accountid)
    assert (event.actor_kind, event.actor_accountid) == ("account", account.accountid)
    for page in pages_of(support, event):
        assert "The account owner" in text(page)
        assert "Someone not signed in" not in text(page)


def test_wrong_password_is_nobodys(support: Browser, anonymous: Browser) -> None:
    account = AccountFactory(username="helpdesk", administrator=True)
    sign_in(anonymous, password="a wrong password")
    event = Event.objects.get(accountid=account.accountid)
    assert (event.actor_kind, event.actor_accountid) == ("anybody", "")
    assert all("Someone not signed in" in text(page) for page in pages_of(support, event))


def test_operators_account_has_no_actor(support: Browser) -> None:
    account = AccountFactory()
    record(Action.UNLOCK_ACCOUNT, account.pk, Actor.command_line())
    assert "An operator" in text(support.get("events/event/"))
