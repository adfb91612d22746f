"""The site marks what belongs to the signed-in administrator, and says what an operation takes from them."""

from typing import Any

import pytest

from sessions_app.models import Session
from tests.admin.browser import Browser, text
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

OWN_ACTIONS = [
    ("reset-session-key", "You are signed out too, and have to sign in again."),
    ("set-account-deleted", "You are signed out, and cannot sign in until the deletion is cancelled."),
    ("create-reset-code", "This is yours."),
]


def asked(browser: Browser, name: str, *rows: Any, kind: str = "accounts/account") -> str:
    """Return the text of the page that confirms an operation."""
    return text(browser.get(f"{kind}/operations/{name}/?" + "&".join(f"pk={row.pk}" for row in rows)))


def test_sidebar_has_the_own_name(support: Browser) -> None:
    support.account.profile = ProfileFactory(account=support.account, full_name="Grace Hopper")
    support.account.save()
    for path in ("", "accounts/account/"):
        assert "Grace Hopper" in text(support.get(path))


def test_sidebar_has_the_id_where_there_is_no_profile(support: Browser) -> None:
    assert support.account.accountid in text(support.get(""))


@pytest.mark.parametrize(("name", "effect"), OWN_ACTIONS)
def test_operation_on_the_own_account_says_so(support: Browser, name: str, effect: str) -> None:
    page = asked(support, name, support.account)
    assert f"{support.account.accountid} You " in page
    assert effect in page
    other = asked(support, name, AccountFactory())
    assert effect not in other
    assert "This is yours." not in other


def test_bulk_operation_marks_the_own_row_only(support: Browser) -> None:
    other = AccountFactory()
    page = asked(support, "reset-session-key", other, support.account)
    assert f"{support.account.accountid} You " in page
    assert f"{other.accountid} You" not in page
    assert "One of these is yours. You are signed out too" in page


def test_current_session_is_told_from_other_own_sessions(support: Browser) -> None:
    second, foreign = SessionFactory(account=support.account), SessionFactory()
    page = asked(support, "set-session-ended", second, support.session, foreign, kind="sessions_app/session")
    assert f"{support.session.pk} You are using this session now" in page
    assert f"{second.pk} Your session" in page
    assert f"{foreign.pk} You" not in page


def test_the_session_in_use_ends_after_the_others(support: Browser) -> None:
    """Or else those after it would be refused."""
    others = SessionFactory.create_batch(3)
    pks = [support.session.pk, *(it.pk for it in others)]
    path = f"sessions_app/session/operations/set-session-ended/?{'&'.join(f'pk={pk}' for pk in pks)}"
    assert "4 done" in text(support.submit(path))
    assert not Session.objects.filter(pk__in=pks, ended_at=None).exists()


def test_own_reset_code_is_marked(support: Browser) -> None:
    code = ResetCodeFactory(account=support.account)
    assert f"{code.pk} Your reset code" in asked(support, "delete-reset-code", code, kind="resetcodes/resetcode")


def test_result_page_marks_the_own_row(support: Browser) -> None:
    other = AccountFactory()
    path = f"accounts/account/operations/set-account-administrator/?pk={other.pk}&pk={support.account.pk}"
    page = text(support.submit(path))
    assert f"{support.account.accountid} You The account is already an administrator." in page
    assert f"{other.accountid} You" not in page


def test_own_page_is_marked_with_the_session_in_use(support: Browser) -> None:
    page = text(support.get(f"accounts/account/{support.account.pk}/change/"))
    assert f"{support.session.pk} (the one you are using)" in page
    assert f"{support.account.accountid} You Administrator" in page
    other = SessionFactory()
    assert "(the one you are using)" not in text(support.get(f"accounts/account/{other.account_id}/change/"))
