"""Attacks on a new server: to be the first to register, and thereby the owner."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import Account
from accounts.services import registration
from dashboard.core.actor import Actor
from dashboard_project.environment import is_local
from operations.doctor import backlog
from tests.admin.browser import text
from tests.client import ApiClient, outcome
from tests.commands import run
from tests.factories import PASSWORD

BODY = {"username": "stranger", "password": PASSWORD}
DISABLED = (403, "registration-disabled")


@pytest.fixture
def public(settings: Any) -> Any:
    """The settings of a server that others can reach."""
    settings.FIRST_ACCOUNT_IS_OWNER = False
    return settings


def register(guest: ApiClient) -> tuple[int, str]:
    return outcome(guest.post("user/create-account", BODY))


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://localhost:8000", True),
        ("http://accounts.localhost", True),
        ("http://127.0.0.1:8000", True),
        ("http://[::1]:8000", True),
        ("https://localhost", False),
        ("https://accounts.example.com", False),
        ("http://accounts.example.com", False),
        ("http://192.0.2.7:8000", False),
        ("http://localhost.example.com", False),
    ],
)
def test_only_a_local_address_lets_the_first_account_be_the_owner(address: str, expected: bool) -> None:
    assert is_local(address) is expected


def test_a_stranger_does_not_become_the_owner(guest: ApiClient, public: Any) -> None:
    assert register(guest) == (200, "")
    account = Account.objects.get()
    assert (account.owner_since, account.administrator_since) == (None, None)


def test_an_operator_makes_the_owner_before_and_after_others_register(guest: ApiClient, public: Any) -> None:
    register(guest)
    owner = registration.create_owner_account("the-owner", PASSWORD, Actor.command_line())
    assert Account.objects.owner().get() == owner


def test_the_first_account_of_an_operator_is_the_owners(db: None, public: Any) -> None:
    account = registration.create_account("the-owner", PASSWORD, {}, Actor.command_line())
    assert account.owner_since


def test_on_ones_own_computer_the_first_account_is_the_owners(guest: ApiClient) -> None:
    assert register(guest) == (200, "")
    assert Account.objects.get().owner_since


@pytest.mark.parametrize("is_local_server", [True, False])
def test_nobody_registers_where_registration_is_disabled(
    is_local_server: bool, guest: ApiClient, settings: Any
) -> None:
    settings.DISABLE_REGISTRATION, settings.FIRST_ACCOUNT_IS_OWNER = True, is_local_server
    assert register(guest) == DISABLED
    assert not Account.objects.exists()


def test_contract_lets_the_first_account_register_all_the_same(guest: ApiClient, settings: Any) -> None:
    settings.DISABLE_REGISTRATION = settings.ALLOW_FIRST_REGISTRATION = True
    assert register(guest) == (200, "")
    assert Account.objects.get().owner_since
    assert outcome(guest.post("user/create-account", BODY | {"username": "another"})) == DISABLED


# Who says how to make the owner


def test_start_page_names_the_command_alone(db: None, public: Any) -> None:
    page = text(Client().get("/", headers={"Accept": "text/html"}))
    assert "manage.py create_account --owner" in page
    assert "create-account" not in page


def test_start_page_does_not_name_a_route_that_refuses(db: None, settings: Any) -> None:
    settings.DISABLE_REGISTRATION = True
    assert "create-account" not in text(Client().get("/", headers={"Accept": "text/html"}))


def test_doctor_names_the_command(db: None) -> None:
    (finding,) = backlog.owner()
    assert finding.remedy == "Run manage.py create_account --owner."


def test_doctor_misses_an_owner_where_only_others_have_registered(guest: ApiClient, public: Any) -> None:
    register(guest)
    (finding,) = backlog.owner()
    assert "no owner" in finding.message


def test_command_makes_the_owner(db: None, public: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accounts.management.commands.create_account.read_secret", lambda prompt: PASSWORD)
    assert run("create_account", "--username", "the-owner", "--owner").status == 0
    assert Account.objects.owner().count() == 1
