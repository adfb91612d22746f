"""A change asks for the password again once its last proof is SESSION_VERIFICATION_DELAY seconds old."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Action, Event
from sessions_app.models import Session
from tests.admin.browser import Browser, hidden, text
from tests.factories import PASSWORD, AccountFactory, SessionFactory


@pytest.fixture
def late(db: None) -> Browser:
    """A browser of an administrator whose password was proven a while ago."""
    proven = timezone.now() - timedelta(seconds=14_401)
    return Browser(SessionFactory(account=AccountFactory(administrator=True), last_verified_at=proven))


def test_reading_asks_for_nothing(late: Browser) -> None:
    assert late.is_signed_in()


def test_signing_out_asks_for_nothing(late: Browser) -> None:
    late.resubmit(late.get("accounts/account/"), "logout/")
    assert Session.objects.get(pk=late.session).ended_at


def test_change_goes_on_with_the_right_password(late: Browser) -> None:
    page = late.resubmit(late.get("accounts/account/"), "accounts/account/", some=["field", "field & more"])
    assert "It is some time since you gave your password." in text(page)
    assert hidden(page)["some"] == ["field", "field & more"]
    page = late.resubmit(page, "accounts/account/", **{"password-again": PASSWORD})
    assert "It is some time since" not in text(page)
    assert Event.objects.get(action=Action.SET_SESSION_VERIFIED).targetid == late.session.sessionid


def test_change_does_not_go_on_with_a_wrong_password(late: Browser) -> None:
    page = late.resubmit(late.get("accounts/account/"), "accounts/account/", some="field")
    for password, sentence in (("a wrong password", "The password is wrong."), ("", "This field is required.")):
        page = late.resubmit(page, "accounts/account/", **{"password-again": password})
        assert sentence in text(page)
        assert hidden(page)["some"] == ["field"]
        assert "a wrong password" not in page.content.decode()
    assert not Event.objects.filter(action=Action.SET_SESSION_VERIFIED).exists()


def test_recent_proof_suffices(support: Browser) -> None:
    page = support.resubmit(support.get("accounts/account/"), "accounts/account/")
    assert "It is some time since" not in text(page)


def test_operation_that_was_begun_goes_on(late: Browser) -> None:
    account = AccountFactory()
    path = f"accounts/account/operations/create-reset-code/?pk={account.pk}"
    page = late.submit(path, secret_code="typed0code")
    assert f'href="/admin/{path}"' in page.content.decode()  # to cancel
    assert not account.reset_codes.exists()
    assert 'value="typed0code"' in late.resubmit(page, path, **{"password-again": PASSWORD}).content.decode()
    assert account.reset_codes.count() == 1
