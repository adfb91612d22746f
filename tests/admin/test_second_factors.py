"""The second step of a sign-in to the site, and the pages of one's own second factors."""

import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account
from events.models import Event
from second_factors.models import RecoveryCode, SecondFactor
from sessions_app.models import Session
from tests.admin.browser import COOKIE, Browser, text
from tests.admin.test_login import sign_in
from tests.client import ApiClient, outcome
from tests.factories import (
    OTP_SECRET,
    PASSWORD,
    AccountFactory,
    SecondFactorFactory,
    SessionFactory,
    app_code,
    wrong_code,
)
from tests.second_factors.authenticator import Authenticator

FACTORS = "second-factors/"


@pytest.fixture
def helpdesk(db: None) -> Account:
    """An administrator with an authenticator app."""
    return SecondFactorFactory(account=AccountFactory(username="helpdesk", administrator=True)).account


@pytest.fixture
def enrolled(helpdesk: Account) -> Browser:
    return Browser(SessionFactory(account=helpdesk, second_factor_at=timezone.now()))


def options(page: Any) -> dict[str, Any]:
    """Return the options that the page's script gives to the browser."""
    found = re.search(r'data-passkey-options="([^"]*)"', page.content.decode())
    assert found
    made: dict[str, Any] = json.loads(html.unescape(found[1]))
    return made


def after(response: Any, browser: Browser) -> str:
    """Return the text of the page that a change redirects to."""
    assert response.status_code == 302, text(response)
    return text(browser.client.get(response["Location"]))


# The second step


def test_password_leads_to_the_second_page(anonymous: Browser, helpdesk: Account) -> None:
    page = sign_in(anonymous)
    assert page.status_code == 200
    assert "Code of your authenticator app" in text(page)
    assert COOKIE not in page.cookies
    assert not Session.objects.exists()


def test_code_signs_in_and_opens_the_page_that_was_asked_for(anonymous: Browser, helpdesk: Account) -> None:
    page = sign_in(anonymous, next="/admin/events/event/")
    response = anonymous.resubmit(page, "login/", code=app_code())
    assert (response.status_code, response["Location"]) == (302, "/admin/events/event/")
    session = Session.objects.get()
    assert (session.duration, session.second_factor_at is not None) == (28_800, True)
    assert anonymous.is_signed_in()


def test_wrong_code_is_asked_for_again_and_not_shown(anonymous: Browser, helpdesk: Account) -> None:
    page = anonymous.resubmit(sign_in(anonymous), "login/", code=(code := wrong_code()))
    assert "The code or the credential is wrong" in text(page)
    assert code not in page.content.decode()
    assert anonymous.resubmit(page, "login/", code=app_code()).status_code == 302


def test_empty_code_is_asked_for_again(anonymous: Browser, helpdesk: Account) -> None:
    page = anonymous.resubmit(sign_in(anonymous), "login/")
    assert "The code is missing" in text(page)


def test_challenge_that_has_ended_leads_back_to_the_password(anonymous: Browser, helpdesk: Account) -> None:
    page = sign_in(anonymous, next="/admin/events/event/")
    helpdesk.sign_in_challenges.all().delete()
    response = anonymous.resubmit(page, "login/", code=app_code())
    assert response["Location"] == "/admin/login/?next=%2Fadmin%2Fevents%2Fevent%2F"
    assert "Sign in again." in after(response, anonymous)


def test_role_that_was_taken_meanwhile_counts(anonymous: Browser, helpdesk: Account) -> None:
    page = sign_in(anonymous)
    Account.objects.update(administrator_since=None)
    assert "Only administrators can sign in here." in text(anonymous.resubmit(page, "login/", code=app_code()))
    assert not Session.objects.exists()


def test_second_steps_are_limited_by_network(anonymous: Browser, helpdesk: Account, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_SIGN_IN = True, "2/minute"
    page = anonymous.resubmit(sign_in(anonymous), "login/", code=wrong_code())
    assert "too many requests" in text(anonymous.resubmit(page, "login/", code=app_code()))


def test_passkey_signs_in(anonymous: Browser, helpdesk: Account, enrolled: Browser) -> None:
    key = Authenticator()
    page = add(enrolled, "passkey", "My key")
    response = enrolled.resubmit(page, confirm_path(), credential=key.create(options(page)))
    assert "My key: added." in after(response, enrolled)
    page = sign_in(anonymous)
    response = anonymous.resubmit(page, "login/", credential=key.get(options(page)))
    assert (response.status_code, response["Location"]) == (302, "/admin/")


def add(browser: Browser, factor_type: str, name: str = "") -> Any:
    return browser.resubmit(browser.get(FACTORS), f"{FACTORS}add/", factor_type=factor_type, name=name)


def confirm_path() -> str:
    return f"{FACTORS}{SecondFactor.objects.pending().get().pk}/confirm/"


def test_only_a_passkey_is_offered_where_there_is_nothing_else(anonymous: Browser, helpdesk: Account) -> None:
    SecondFactor.objects.update(factor_type="passkey", credential_id="AAAA")
    page = sign_in(anonymous)
    assert "Use a passkey" in text(page)
    assert 'name="code"' not in page.content.decode()
    assert options(page)["allowCredentials"] == [{"id": "AAAA", "type": "public-key"}]


# Adding one


def test_app_is_added(support: Browser) -> None:
    page = add(support, "totp", "My telephone")
    factor = SecondFactor.objects.get()
    assert "Set up My telephone" in text(page)
    assert '<img src="data:image/svg+xml' in page.content.decode()
    SecondFactor.objects.all().delete()
    factor = SecondFactorFactory(account=support.account, pending=True, name="My telephone")
    page = support.resubmit(page, f"{FACTORS}{factor.pk}/confirm/", code=wrong_code())
    assert "The code or the credential is wrong" in text(page)
    key = " ".join(OTP_SECRET[start : start + 4] for start in range(0, 32, 4))
    assert f'value="{key}"' in page.content.decode()
    response = support.resubmit(page, f"{FACTORS}{factor.pk}/confirm/", code=app_code())
    assert "My telephone: added." in after(response, support)
    assert "You have no recovery codes." in text(support.get(FACTORS))
    assert support.is_signed_in()


def test_kind_that_nobody_knows_is_refused(support: Browser) -> None:
    assert "The factor-type must be" in after(add(support, "sms"), support)


def test_changes_are_limited_by_session_together_with_those_of_the_api(enrolled: Browser, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_PASSWORD_PROOF = True, "2/minute"
    form = add(enrolled, "totp")
    enrolled.resubmit(form, confirm_path(), code=wrong_code())
    before = list(SecondFactor.objects.values())
    for path, fields in (
        (f"{FACTORS}add/", {"factor_type": "totp"}),
        (confirm_path(), {"code": wrong_code()}),
        (f"{FACTORS}recovery-codes/", {}),
    ):
        response = enrolled.resubmit(form, path, **fields)
        page = text(response) if response.status_code == 200 else after(response, enrolled)
        assert "There were too many requests." in page
    assert outcome(create_by_api(enrolled.session)) == (429, "too-many-requests")
    assert (list(SecondFactor.objects.values()), RecoveryCode.objects.count()) == (before, 0)
    other = SessionFactory(account=enrolled.account, second_factor_at=timezone.now())
    assert outcome(create_by_api(other)) == (200, "")


def create_by_api(session: Session) -> Any:
    query = {"accountid": session.account_id}
    return ApiClient(session).post("user/create-second-factor", {"factor-type": "totp"}, **query)


def test_setting_up_that_takes_too_long_begins_anew(support: Browser) -> None:
    long_ago = timezone.now() - timedelta(minutes=11)
    factor = SecondFactorFactory(account=support.account, pending=True, created_at=long_ago)
    response = support.resubmit(support.get(FACTORS), f"{FACTORS}{factor.pk}/confirm/", code=app_code())
    assert "Create another one." in after(response, support)


def test_each_change_asks_for_the_password_first(helpdesk: Account) -> None:
    long_ago = timezone.now() - timedelta(seconds=14_401)
    thief = Browser(SessionFactory(account=helpdesk, second_factor_at=timezone.now(), last_verified_at=long_ago))
    factorid = SecondFactor.objects.get().pk
    form = thief.get(FACTORS)
    before = list(SecondFactor.objects.values())
    for name in ("add/", "recovery-codes/", *(f"{factorid}/{it}/" for it in ("confirm", "rename", "remove"))):
        page = thief.resubmit(form, FACTORS + name, factor_type="totp", name="Stolen")
        assert "Confirm your password" in text(page)
    assert (list(SecondFactor.objects.values()), RecoveryCode.objects.count()) == (before, 0)
    page = thief.resubmit(form, f"{FACTORS}add/", factor_type="totp", name="Mine")
    assert "Set up Mine" in text(thief.resubmit(page, f"{FACTORS}add/", **{"password-again": PASSWORD}))


@pytest.mark.parametrize("name", ["add", "recovery-codes", "fact_0000000000000000/confirm"])
def test_cancelling_at_the_password_leads_to_the_overview(helpdesk: Account, name: str) -> None:
    long_ago = timezone.now() - timedelta(seconds=14_401)
    browser = Browser(SessionFactory(account=helpdesk, second_factor_at=timezone.now(), last_verified_at=long_ago))
    page = browser.resubmit(browser.get(FACTORS), f"{FACTORS}{name}/")
    assert f'href="/admin/{FACTORS}{name}/"' in page.content.decode()  # to cancel
    assert browser.get(f"{FACTORS}{name}/")["Location"] == f"/admin/{FACTORS}"


# Those that there are


def test_factor_is_renamed_and_removed(enrolled: Browser, helpdesk: Account) -> None:
    factorid = SecondFactor.objects.get().pk
    assert "My telephone" in text(enrolled.get(FACTORS))
    response = enrolled.submit(f"{FACTORS}{factorid}/rename/", name="<b>Old</b>")
    assert "<b>Old</b>: renamed." in after(response, enrolled)
    assert "&lt;b&gt;Old&lt;/b&gt;" in enrolled.get(FACTORS).content.decode()
    assert "It is your only one" in text(enrolled.get(f"{FACTORS}{factorid}/remove/"))
    assert "removed." in after(enrolled.submit(f"{FACTORS}{factorid}/remove/"), enrolled)
    assert Account.objects.get(pk=helpdesk.pk).second_factor_since is None
    assert {it.action for it in Event.objects.all()} == {"update-second-factor", "delete-second-factor"}


@pytest.mark.parametrize("name", ["rename", "remove", "confirm"])
def test_factor_of_somebody_else_is_refused(enrolled: Browser, name: str) -> None:
    other = SecondFactorFactory(name="Not yours")
    path = f"{FACTORS}{other.pk}/{name}/"
    if name != "confirm":
        assert "This belongs to another account." in after(enrolled.get(path), enrolled)
    response = enrolled.resubmit(enrolled.get(FACTORS), path, name="Mine", code=app_code())
    assert "This belongs to another account." in after(response, enrolled)
    assert SecondFactor.objects.get(pk=other.pk).name == "Not yours"


def test_recovery_codes_are_shown_once(enrolled: Browser) -> None:
    page = text(enrolled.resubmit(enrolled.get(FACTORS), f"{FACTORS}recovery-codes/"))
    codes = re.findall(r"\b(?:[0-9A-Z]{4}-){5}[0-9A-Z]{4}\b", page)
    assert len(codes) == 10
    assert "You have 10 recovery codes left." in text(enrolled.get(FACTORS))
    assert not [code for code in codes if code in enrolled.get(FACTORS).content.decode()]


def test_recovery_codes_want_a_factor(support: Browser) -> None:
    response = support.resubmit(support.get(FACTORS), f"{FACTORS}recovery-codes/")
    assert "The account has no second factor." in after(response, support)


def test_account_page_shows_factors_without_secrets(owner: Browser, helpdesk: Account) -> None:
    page = owner.get(f"accounts/account/{helpdesk.pk}/change/")
    assert "My telephone" in text(page)
    assert "0 recovery codes left." in text(page)
    assert SecondFactor.objects.get().encrypted_secret not in page.content.decode()


# REQUIRE_SECOND_FACTOR


@pytest.mark.parametrize("path", ["", "accounts/account/", "events/event/", "search/?s=ada"])
@pytest.mark.parametrize("setting", ["administrators", "everybody"])
def test_administrator_without_a_factor_is_led_to_add_one(
    support: Browser, settings: Any, path: str, setting: str
) -> None:
    settings.REQUIRE_SECOND_FACTOR = setting
    response = support.get(path)
    assert (response.status_code, response["Location"]) == (302, "/admin/second-factors/")
    assert "Your account needs a second factor." in text(support.get(FACTORS))


def test_path_that_looks_like_the_way_in_is_closed(support: Browser, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    response = support.get(f"accounts/account/second-factors/{support.account.pk}/change/")
    assert response["Location"] == "/admin/second-factors/"


def test_way_in_and_out(support: Browser, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    assert "Set up" in text(add(support, "totp"))
    factor = SecondFactor.objects.get()
    SecondFactor.objects.all().delete()
    factor = SecondFactorFactory(account=support.account, pending=True)
    support.resubmit(support.get(FACTORS), f"{FACTORS}{factor.pk}/confirm/", code=app_code())
    assert support.is_signed_in()
    support.resubmit(support.get(FACTORS), "logout/")
    assert Session.objects.get().ended_at


def test_change_is_not_made_before(support: Browser, settings: Any) -> None:
    account = AccountFactory()
    page = support.get(f"accounts/account/operations/set-account-deleted/?pk={account.pk}")
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    path = f"accounts/account/operations/set-account-deleted/?pk={account.pk}"
    assert support.resubmit(page, path)["Location"] == "/admin/second-factors/"
    assert Account.objects.get(pk=account.pk).deleted_at is None
