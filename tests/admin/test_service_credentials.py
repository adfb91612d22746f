"""The owner's pages of service credentials: create one, see its token once, and revoke it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from events.models import Event
from service_credentials.models import ServiceCredential
from sessions_app.models import Session
from tests.admin.browser import Browser, text
from tests.cases import everything
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ServiceCredentialFactory, SessionFactory, service_token

PAGES = "service-credentials/"
OK = (200, "")
FIELDS = {
    "name": "Web application",
    "scopes": ["read-events"],
    "networks": "203.0.113.0/24\n2001:db8::1",
    "lifetime": "90",
}


@pytest.fixture
def owner_browser(db: None) -> Browser:
    return Browser(SessionFactory(account=AccountFactory(owner=True)))


def token_in(page: Any) -> str:
    found = re.search(r'value="(dsk_[^"]+)"', page.content.decode())
    assert found, text(page)
    return found[1]


def test_token_is_shown_once_and_works(owner_browser: Browser) -> None:
    page = owner_browser.submit(f"{PAGES}add/", **FIELDS)
    token = token_in(page)
    assert "no-store" in page["Cache-Control"]
    assert outcome(ApiClient(address="203.0.113.9", service_token=token).get("service/credential")) == OK
    credential = ServiceCredential.objects.get()
    assert (credential.name, credential.scopes) == ("Web application", "read-events")
    assert credential.networks == "203.0.113.0/24 2001:db8::1/128"
    assert credential.created_by == owner_browser.account.pk
    assert credential.expires_at
    assert abs(credential.expires_at - timezone.now() - timedelta(days=90)) < timedelta(minutes=1)
    overview = owner_browser.get(PAGES)
    assert "Web application" in text(overview)
    secret = token.rpartition("_")[2]
    assert secret not in overview.content.decode() + str(everything())


def test_it_may_work_until_it_is_revoked(owner_browser: Browser) -> None:
    owner_browser.submit(f"{PAGES}add/", **FIELDS | {"lifetime": ""})
    assert ServiceCredential.objects.get().expires_at is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": ""}, "This field is required."),
        ({"name": "a" * 51}, "at most 50 characters"),
        ({"name": "a\u202eb"}, "must be one line"),
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["everything"]}, "Select a valid choice"),
        ({"networks": "example.com"}, "A network is written like"),
        ({"lifetime": "100000000"}, "Select a valid choice"),
    ],
    ids=str,
)
def test_what_makes_no_sense_is_asked_again(changes: Any, sentence: str, owner_browser: Browser) -> None:
    page = owner_browser.submit(f"{PAGES}add/", **FIELDS | changes)
    assert page.status_code == 200
    assert sentence in text(page)
    assert not ServiceCredential.objects.exists()


def test_revoked_credential_is_refused(owner_browser: Browser) -> None:
    credential = ServiceCredentialFactory(name="Old one")
    page = owner_browser.get(f"{PAGES}{credential.pk}/revoke/")
    assert "Revoke Old one?" in text(page)
    assert outcome(ApiClient(service_token=service_token(credential)).get("service/credential")) == OK
    response = owner_browser.resubmit(page, f"{PAGES}{credential.pk}/revoke/")
    assert response.status_code == 302
    assert "Old one: the credential is revoked." in text(owner_browser.client.get(response["Location"]))
    refused = ApiClient(service_token=service_token(credential)).get("service/credential")
    assert outcome(refused) == (401, "invalid-credential")
    event = Event.objects.get(action="revoke-credential")
    assert (event.actor_accountid, event.targetid) == (owner_browser.account.pk, credential.pk)


@pytest.mark.parametrize("credentialid", ["cred_0123456789abcdef", "x"])
def test_unknown_credential_is_not_revoked(credentialid: str, owner_browser: Browser) -> None:
    response = owner_browser.get(f"{PAGES}{credentialid}/revoke/")
    assert response.status_code == 302
    assert "No service credential has this" in text(owner_browser.client.get(response["Location"]))


def test_overview_tells_the_state_of_each(owner_browser: Browser) -> None:
    assert "There are no credentials." in text(owner_browser.get(PAGES))
    ServiceCredentialFactory(name="Usable", networks="203.0.113.0/24", last_used_at=timezone.now())
    ServiceCredentialFactory(name="Gone", revoked=True)
    ServiceCredentialFactory(name="Over", expired=True, created_by=owner_browser.account.pk)
    ServiceCredentialFactory(name="<b>New</b>")
    page = owner_browser.get(PAGES)
    shown = text(page)
    for part in (
        "from 203.0.113.0/24",
        "Last used",
        "Never used",
        "Revoked",
        "Expired",
        "does not expire",
        "an operator",
    ):
        assert part in shown
    assert "&lt;b&gt;New&lt;/b&gt;" in page.content.decode()
    assert shown.index("Usable") < shown.index("Over")
    assert "Revoke Gone" not in shown


def test_credential_that_works_is_shown_however_many_others_there_are(owner_browser: Browser) -> None:
    oldest = ServiceCredentialFactory(name="Oldest")
    ServiceCredentialFactory.create_batch(201, name="Replaced", revoked=True)
    page = owner_browser.get(PAGES)
    assert f"{PAGES}{oldest.pk}/revoke/" in page.content.decode()
    assert text(page).count("Replaced") == 200


# Who may


@pytest.mark.parametrize("path", ["", "add/", "{pk}/revoke/"])
def test_administrators_are_refused(path: str, db: None) -> None:
    browser = Browser(SessionFactory(account=AccountFactory(administrator=True)))
    AccountFactory(owner=True)
    credential = ServiceCredentialFactory()
    path = PAGES + path.format(pk=credential.pk)
    before = everything()
    assert browser.get(path).status_code == 403
    form = browser.get("accounts/account/")
    assert browser.resubmit(form, path, **FIELDS).status_code == 403
    assert everything() == before
    assert "Credentials" not in text(browser.get(""))


def test_nobody_else_is_let_in(db: None) -> None:
    for browser in (Browser(), Browser(SessionFactory())):
        assert browser.get(PAGES).status_code == 302


def test_owner_finds_them_in_the_menu(owner_browser: Browser) -> None:
    assert "Credentials" in text(owner_browser.get(""))


@pytest.mark.parametrize("path", ["add/", "{pk}/revoke/"])
def test_password_is_asked_for_again(path: str, owner_browser: Browser, settings: Any) -> None:
    credential = ServiceCredentialFactory()
    path = PAGES + path.format(pk=credential.pk)
    form = owner_browser.get(path)
    long_ago = timezone.now() - timedelta(seconds=settings.SESSION_VERIFICATION_DELAY + 1)
    Session.objects.update(last_verified_at=long_ago)
    before = everything()
    asked = owner_browser.resubmit(form, path, **FIELDS)
    assert "password" in text(asked).lower()
    assert everything() == before
    done = owner_browser.resubmit(asked, path, **{"password-again": PASSWORD})
    assert done.status_code in (200, 302)
    assert Event.objects.filter(action__in=("create-credential", "revoke-credential")).count() == 1


def test_form_needs_its_token(owner_browser: Browser) -> None:
    response = owner_browser.client.post(f"/admin/{PAGES}add/", FIELDS)
    assert response.status_code == 403
    assert not ServiceCredential.objects.exists()


def test_events_name_the_credential_of_a_service(owner_browser: Browser) -> None:
    credential = ServiceCredentialFactory(name="Support desk", scopes="administer")
    account = AccountFactory()
    ApiClient(service_token=service_token(credential)).patch(
        "administrator/reset-session-key", accountid=account.accountid
    )
    assert "A service (Support desk)" in text(owner_browser.get("events/event/"))
    assert "A service (Support desk)" in text(owner_browser.get(f"accounts/account/{account.pk}/change/"))
    ServiceCredential.objects.all().delete()
    assert f"A service ({credential.pk})" in text(owner_browser.get("events/event/"))
