"""Nobody is locked out by a stranger: failures count by network and browser, and apart for those that were let in."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts.models import Account, SignInClient
from accounts.services import sign_in_clients
from tests.cases import USERNAME
from tests.client import ApiClient, outcome
from tests.commands import run
from tests.factories import PASSWORD, AccountFactory

HOME, OFFICE, STRANGE = "198.51.100.7", "2001:db8:1:2:aaaa::1", "203.0.113.9"
WRONG, LOCKED, DONE = (401, "invalid-password"), (429, "account-locked"), (200, "")
BROWSER = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def account(db, settings):
    settings.MAXIMUM_FAILED_SIGN_INS, settings.MAXIMUM_FAILED_SIGN_INS_IN_ALL = 3, 5
    return AccountFactory(username=USERNAME)


def sign_in(address=HOME, password=PASSWORD, client=None, headers=None):
    client = client or ApiClient(address=address)
    body = {"username": USERNAME, "password": password}
    return outcome(client.call("POST", "user/create-session", body, headers))


def guess(address, times=1):
    return [sign_in(address, "a wrong password") for _ in range(times)]


def clients():
    return set(SignInClient.objects.values_list("client", "is_trusted", "failed_sign_ins"))


def test_network_that_guesses_waits_and_no_other_one_does():
    assert guess(STRANGE, 4) == [WRONG] * 3 + [LOCKED]
    assert sign_in(STRANGE) == LOCKED
    assert sign_in(HOME) == DONE


def test_addresses_of_an_ipv6_network_count_together():
    assert [guess(f"2001:db8:1:2::{number}") for number in range(1, 4)] == [[WRONG]] * 3
    assert sign_in("2001:db8:1:2:ffff::") == LOCKED
    assert sign_in("2001:db8:1:3::1") == DONE


def test_strangers_from_many_networks_lock_out_strangers_but_not_a_known_network():
    sign_in(HOME)
    assert [guess(f"203.0.113.{number}") for number in range(5)] == [[WRONG]] * 5
    assert sign_in("192.0.2.1") == LOCKED
    assert sign_in(HOME) == DONE


def test_known_browser_is_let_in_from_a_network_that_has_to_wait():
    browser = ApiClient(address=HOME)
    assert sign_in(client=browser, headers=BROWSER) == DONE
    browser.client.defaults["REMOTE_ADDR"] = STRANGE
    guess(STRANGE, 4)
    assert sign_in(STRANGE) == LOCKED
    assert sign_in(client=browser, headers=BROWSER) == DONE


def test_known_browser_has_no_more_guesses_than_others():
    browser = ApiClient(address=HOME)
    sign_in(client=browser, headers=BROWSER)
    assert [sign_in(client=browser, password="a wrong password") for _ in range(4)] == [WRONG] * 3 + [LOCKED]
    assert sign_in(client=browser) == LOCKED


def test_known_browser_of_another_account_is_a_stranger():
    AccountFactory(username="somebody else")
    browser = ApiClient(address=STRANGE)
    body = {"username": "somebody else", "password": PASSWORD}
    assert outcome(browser.call("POST", "user/create-session", body, BROWSER)) == DONE
    assert [sign_in(client=browser, password="a wrong password") for _ in range(4)] == [WRONG] * 3 + [LOCKED]
    assert sign_in(HOME) == DONE


def test_cookie_is_given_to_browsers_alone_and_kept(settings):
    browser, program = ApiClient(), ApiClient()
    assert sign_in(client=program) == DONE
    assert settings.BROWSER_COOKIE_NAME not in program.client.cookies
    assert sign_in(client=browser, headers=BROWSER) == DONE
    cookie = browser.client.cookies[settings.BROWSER_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 400 * 86_400)
    value = cookie.value
    sign_in(client=browser, headers=BROWSER)
    assert browser.client.cookies[settings.BROWSER_COOKIE_NAME].value == value
    assert value not in str(list(SignInClient.objects.values_list()))  # only its hash


@pytest.mark.parametrize("value", ["", "x" * 32, "A" * 32, "0" * 31, "'; --", "\x00" * 32])
def test_cookie_that_is_not_ours_is_no_browser(value, settings):
    client = ApiClient(address=HOME)
    client.client.cookies[settings.BROWSER_COOKIE_NAME] = value
    assert sign_in(client=client) == DONE
    assert clients() == {(f"network {HOME}/32", True, 0)}


def test_no_cookie_for_a_page_of_another_origin(settings):
    client = ApiClient()
    assert sign_in(client=client, headers={"Sec-Fetch-Site": "cross-site"}) == DONE
    assert settings.BROWSER_COOKIE_NAME not in client.client.cookies


def test_unlocking_lets_all_networks_try_again(account):
    guess(STRANGE, 3)
    guess("192.0.2.1", 2)
    assert sign_in("192.0.2.2") == LOCKED
    run("unlock_account", account.accountid)
    assert sign_in(STRANGE) == sign_in("192.0.2.2") == DONE


def test_signing_in_forgets_the_failures_of_that_network_alone():
    guess(HOME, 2)
    guess(STRANGE, 2)
    sign_in(HOME)
    assert clients() == {(f"network {HOME}/32", True, 0), (f"network {STRANGE}/32", False, 2)}
    assert Account.objects.get().failed_sign_ins == 0


def test_client_without_an_address_is_never_trusted():
    for _ in range(2):
        assert sign_in("") == DONE
    assert not clients()
    assert guess("", 4) == [WRONG] * 3 + [LOCKED]


def test_only_the_clients_seen_last_stay_trusted(account, monkeypatch):
    monkeypatch.setattr(sign_in_clients, "MAX_TRUSTED", 2)
    for number in range(4):
        with time_machine.travel(datetime(2030, 1, 1 + number, tzinfo=UTC)):
            sign_in(f"198.51.100.{number}")
    assert {name for name, *_ in clients()} == {"network 198.51.100.2/32", "network 198.51.100.3/32"}


def test_old_clients_are_purged(account):
    now = timezone.now()
    for name, trusted, days in (("a", False, 2), ("b", False, 0), ("c", True, 2), ("d", True, 401)):
        seen = now - timedelta(days=days)
        SignInClient.objects.create(account=account, client=name, is_trusted=trusted, last_seen_at=seen)
    assert "2 sign-in clients" in run("purge_sign_in_clients").said
    assert {name for name, *_ in clients()} == {"b", "c"}


def test_failures_of_a_client_that_is_gone_are_forgotten(account):
    client = SignInClient.objects.create(account=account, client="a", failed_sign_ins=1)
    SignInClient.objects.get().delete()
    client.forget_failures()
    assert client.failed_sign_ins == 0
    assert not clients()


def test_deleting_an_account_deletes_its_clients(account, owner):
    sign_in()
    owner.delete("administrator/delete-account", accountid=account.accountid)
    assert not clients()


def test_nothing_is_counted_where_lockout_is_off(settings):
    settings.MAXIMUM_FAILED_SIGN_INS = 0
    assert guess(HOME, 7) == [WRONG] * 7
    assert sign_in(HOME) == DONE
