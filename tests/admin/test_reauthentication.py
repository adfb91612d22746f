"""A change asks for the password again after SESSION_VERIFICATION_DELAY seconds."""

from datetime import timedelta
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.utils import timezone

from events.models import Action, Event
from sessions_app.models import Session
from tests.admin.browser import Browser, hidden, text
from tests.factories import PASSWORD, AccountFactory, SessionFactory


@pytest.fixture
def stale(db: None) -> Browser:
    """A browser of an administrator whose password was last verified too long ago."""
    verified = timezone.now() - timedelta(seconds=14_401)
    return Browser(SessionFactory(account=AccountFactory(administrator=True), last_verified_at=verified))


def test_reading_needs_no_password(stale: Browser) -> None:
    assert stale.is_signed_in()


def test_signing_out_needs_no_password(stale: Browser) -> None:
    stale.resubmit(stale.get("accounts/account/"), "logout/")
    assert Session.objects.get(pk=stale.session).ended_at


def test_change_continues_with_the_right_password(stale: Browser) -> None:
    page = stale.resubmit(stale.get("accounts/account/"), "accounts/account/", some=["field", "field & more"])
    assert "You last entered your password some time ago." in text(page)
    assert hidden(page)["some"] == ["field", "field & more"]
    page = stale.resubmit(page, "accounts/account/", **{"password-again": PASSWORD})
    assert "You last entered your password" not in text(page)
    assert Event.objects.get(action=Action.SET_SESSION_VERIFIED).targetid == stale.session.sessionid


def test_change_does_not_continue_with_a_wrong_password(stale: Browser) -> None:
    page = stale.resubmit(stale.get("accounts/account/"), "accounts/account/", some="field")
    for password, sentence in (("a wrong password", "The password is wrong."), ("", "This field is required.")):
        page = stale.resubmit(page, "accounts/account/", **{"password-again": password})
        assert sentence in text(page)
        assert hidden(page)["some"] == ["field"]
        assert "a wrong password" not in page.content.decode()
    assert not Event.objects.filter(action=Action.SET_SESSION_VERIFIED).exists()


def test_recent_verification_suffices(support: Browser) -> None:
    page = support.resubmit(support.get("accounts/account/"), "accounts/account/")
    assert "You last entered your password" not in text(page)


def test_guesses_at_the_password_are_limited_even_without_lockout(stale: Browser, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_PASSWORD_PROOF, settings.MAXIMUM_FAILED_SIGN_INS = True, "2/minute", 0
    page = stale.resubmit(stale.get("accounts/account/"), "accounts/account/", some="field")
    for _ in range(2):
        page = stale.resubmit(page, "accounts/account/", **{"password-again": "a wrong password"})
        assert "The password is wrong." in text(page)
    page = stale.resubmit(page, "accounts/account/", **{"password-again": PASSWORD})
    assert "There were too many requests." in text(page)
    assert not Event.objects.filter(action=Action.SET_SESSION_VERIFIED).exists()


@pytest.mark.parametrize("fault", [None, PermissionDenied, ZeroDivisionError, OperationalError])
def test_browser_stays_signed_in_where_the_change_fails_after_the_password(
    stale: Browser, settings: Any, monkeypatch: pytest.MonkeyPatch, fault: type[Exception] | None
) -> None:
    settings.RENEW_TOKENS = True
    account = AccountFactory()
    path = f"accounts/account/operations/unlock-account/?pk={account.pk}"
    page = stale.submit(path)
    if fault is None:
        account.delete()  # so that the page is unknown by now
    else:
        monkeypatch.setattr("admin_site.actions.admin.perform", Mock(side_effect=fault))
    response = stale.resubmit(page, path, **{"password-again": PASSWORD})
    assert response.status_code >= 400
    assert stale.is_signed_in()


def test_action_continues_after_the_password(stale: Browser) -> None:
    account = AccountFactory()
    path = f"accounts/account/operations/create-reset-code/?pk={account.pk}"
    page = stale.submit(path, secret_code="typed0code")
    assert f'href="/admin/{path}"' in page.content.decode()  # to cancel
    assert not account.reset_codes.exists()
    assert 'value="typed0code"' in stale.resubmit(page, path, **{"password-again": PASSWORD}).content.decode()
    assert account.reset_codes.count() == 1
