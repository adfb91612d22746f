"""Rate limits: by network and by account, and in all; what a refusal tells; whom the application server speaks for."""

from concurrent.futures import ThreadPoolExecutor
from threading import Timer
from time import sleep

import pytest
from limits.errors import StorageError
from limits.storage import MemoryStorage

from accounts.models import Account
from dashboard.cache import rate_limits
from dashboard.cache.rate_limits import RateLimiter, rate_limiter
from events.models import Event
from sessions_app.models import Session
from tests.cases import USERNAME
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SessionFactory

REFUSED, DONE = (429, "too-many-requests"), (200, "")
WRONG, UNKNOWN = (401, "invalid-password"), (401, "invalid-username")
SERVER = {"X-Application-Server": "https://app.example.com", "X-Application-Server-Token": "a token of the server"}


@pytest.fixture(autouse=True)
def _limits(db, settings):
    settings.RATE_LIMITS = True
    settings.APPLICATION_SERVER = SERVER["X-Application-Server"]
    settings.APPLICATION_SERVER_TOKEN = SERVER["X-Application-Server-Token"]


def register(number, address="203.0.113.7", headers=None):
    body = {"username": f"somebody-{number}", "password": PASSWORD}
    return ApiClient(address=address).call("POST", "user/create-account", body, headers)


def sign_in(username=USERNAME, password=PASSWORD, address="203.0.113.7", headers=None):
    body = {"username": username, "password": password}
    return ApiClient(address=address).call("POST", "user/create-session", body, headers)


def test_registrations_of_a_network_are_limited(settings):
    settings.RATE_LIMIT_REGISTRATION = "3/minute"
    answers = [register(number) for number in range(5)]
    assert [outcome(answer) for answer in answers] == [DONE] * 3 + [REFUSED] * 2
    assert Account.objects.count() == 3
    assert outcome(register(9, "203.0.113.8")) == DONE
    refused = answers[-1]
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Policy"] == '"registration";q=3;w=60'
    assert refused["RateLimit"] == f'"registration";r=0;t={refused["Retry-After"]}'


def test_forty_registrations_at_once_are_refused_by_default():
    assert [outcome(register(number)) for number in range(40)].count(DONE) == 10


def test_registrations_are_limited_in_all(settings):
    settings.RATE_LIMIT_REGISTRATION_IN_ALL = "2/minute"
    assert [outcome(register(number, f"203.0.113.{number}")) for number in range(3)] == [DONE, DONE, REFUSED]


def test_addresses_of_an_ipv6_network_count_together(settings):
    settings.RATE_LIMIT_REGISTRATION = "2/minute"
    answers = [outcome(register(number, f"2001:db8:1:2::{number:x}")) for number in range(3)]
    assert answers == [DONE, DONE, REFUSED]
    assert outcome(register(9, "2001:db8:1:3::1")) == DONE


def test_one_password_cannot_be_tried_on_many_accounts(settings):
    settings.RATE_LIMIT_FAILED_SIGN_INS = "3/hour"
    for number in range(5):
        AccountFactory(username=f"person-{number}")
    tried = [outcome(sign_in(f"person-{number}", "123456")) for number in range(4)]
    assert tried == [WRONG] * 3 + [REFUSED]
    assert outcome(sign_in("person-4")) == REFUSED
    assert outcome(sign_in("person-4", address="203.0.113.8")) == DONE


def test_unknown_names_count_as_wrong_passwords_do(settings):
    settings.RATE_LIMIT_FAILED_SIGN_INS = "3/hour"
    assert [outcome(sign_in(f"nobody-{number}")) for number in range(4)] == [UNKNOWN] * 3 + [REFUSED]


def test_browser_that_was_let_in_before_is_not_stopped_by_its_network(settings):
    settings.RATE_LIMIT_FAILED_SIGN_INS = "3/hour"
    AccountFactory(username=USERNAME)
    browser, headers = ApiClient(address="203.0.113.7"), {"Sec-Fetch-Site": "same-origin"}
    body = {"username": USERNAME, "password": PASSWORD}
    browser.call("POST", "user/create-session", body, headers)
    for number in range(4):
        sign_in(f"nobody-{number}")
    assert outcome(browser.call("POST", "user/create-session", body, headers)) == DONE
    assert outcome(sign_in()) == REFUSED


def test_unknown_names_fill_no_table():
    for number in range(20):
        sign_in(f"nobody-{number}")
    assert Event.objects.filter(action="refuse-sign-in").count() == 1


def test_sessions_of_an_account_are_limited(settings):
    settings.RATE_LIMIT_SESSIONS = "2/hour"
    AccountFactory(username=USERNAME)
    answers = [outcome(sign_in(address=f"203.0.113.{number}")) for number in range(3)]
    assert answers == [DONE, DONE, REFUSED]
    assert Session.objects.count() == 2


@pytest.mark.parametrize(
    ("setting", "method", "route", "body"),
    [
        ("PROFILES", "POST", "user/create-profile", {"full-name": "Ada Lovelace", "contact-email": "ada@example.com"}),
        ("RESET_CODES", "POST", "user/create-reset-code", {"secret-code": "Kx82mQz71pLw"}),
        ("PASSWORD_PROOF", "PATCH", "user/set-account-password", {"new-password": "x", "password": "y"}),
    ],
)
def test_what_an_account_makes_is_limited_wherever_it_comes_from(setting, method, route, body, settings):
    setattr(settings, f"RATE_LIMIT_{setting}", "2/hour")
    session = SessionFactory()

    def ask(address, session=session):
        return outcome(ApiClient(session, address).call(method, route, body, accountid=session.account_id))

    first = ask("203.0.113.1")
    assert first != REFUSED
    assert [ask("203.0.113.2"), ask("203.0.113.3")] == [first, REFUSED]
    assert ask("203.0.113.3", SessionFactory()) == first


def test_passwords_are_not_proven_more_often_by_signing_in_more_often(settings):
    settings.RATE_LIMIT_PASSWORD_PROOF = "2/hour"
    account = AccountFactory()

    def ask(session):
        body = {"new-password": "x", "password": "y"}
        return outcome(ApiClient(session).patch("user/set-account-password", body, accountid=session.account_id))

    answers = [ask(SessionFactory(account=account)) for _ in range(12)]
    assert [answer == REFUSED for answer in answers] == [False] * 10 + [True] * 2
    assert ask(SessionFactory()) != REFUSED


def test_exports_and_whole_lists_of_an_account_are_limited_together(settings):
    settings.RATE_LIMIT_EXPORTS = "2/hour"
    session = SessionFactory(account=AccountFactory(administrator=True))
    asks = [("user/export-account", {}), ("user/events", {"all": "true"}), ("administrator/accounts", {"all": "true"})]

    def ask(route, query, session=session):
        response = ApiClient(session).get(route, accountid=session.account_id, **query)
        return (response.status_code, "") if response.streaming else outcome(response)

    assert [ask(*it) for it in asks] == [DONE, DONE, REFUSED]
    assert ask(*asks[0]) == REFUSED
    assert ask("user/events", {"limit": "1000"}) == DONE
    assert ask(*asks[0], SessionFactory()) == DONE


def test_resets_of_a_network_are_limited(settings):
    settings.RATE_LIMIT_PASSWORD_RESET = "2/minute"
    body = {"username": "nobody", "new-password": "another long password", "secret-code": "Kx82mQz71pLw"}
    answers = [outcome(ApiClient().patch("user/reset-account-password", body)) for _ in range(3)]
    assert answers == [UNKNOWN, UNKNOWN, REFUSED]


def test_application_server_names_the_address_of_its_client(settings):
    settings.RATE_LIMIT_REGISTRATION = "1/hour"
    first, other = ({**SERVER, "X-Client-Address": address} for address in ("192.0.2.1", "192.0.2.2"))
    assert [outcome(register(number, headers=first)) for number in range(2)] == [DONE, REFUSED]
    assert outcome(register(3, headers=other)) == DONE
    assert set(Event.objects.values_list("ip_address", flat=True)) == {"192.0.2.1", "192.0.2.2"}


def test_clients_that_an_application_server_does_not_name_share_no_limit(settings):
    settings.RATE_LIMIT_REGISTRATION = "1/hour"
    assert [outcome(register(number, headers=SERVER)) for number in range(3)] == [DONE] * 3


def test_nobody_else_names_an_address(settings):
    settings.RATE_LIMIT_REGISTRATION = "1/hour"
    named = [{"X-Client-Address": f"192.0.2.{number}"} for number in range(2)]
    assert [outcome(register(number, headers=headers)) for number, headers in enumerate(named)] == [DONE, REFUSED]


def test_limits_can_be_turned_off(settings):
    settings.RATE_LIMITS, settings.RATE_LIMIT_REGISTRATION = False, "1/hour"
    assert [outcome(register(number)) for number in range(3)] == [DONE] * 3


def test_requests_that_are_not_limited_ask_for_no_count(user, monkeypatch):
    monkeypatch.setattr(rate_limiter, "hit", None)
    assert outcome(user.get("user/session", sessionid=user.session.sessionid)) == DONE


def test_memory_counts_while_redis_does_not_answer(settings, monkeypatch):
    if not settings.REDIS_URL:
        pytest.skip("needs Redis")
    settings.RATE_LIMIT_REGISTRATION = "2/minute"

    def fail(*args):
        raise StorageError(ConnectionError("gone"))

    monkeypatch.setattr(rate_limiter._in_redis, "hit", fail)
    assert [outcome(register(number)) for number in range(3)] == [DONE, DONE, REFUSED]


class InterruptedStorage(MemoryStorage):
    """One in which a thread is interrupted between making a timer and starting it."""

    @property
    def timer(self) -> Timer:
        return self._timer

    @timer.setter
    def timer(self, timer: Timer) -> None:
        self._timer = timer
        sleep(0.01)


def test_threads_that_count_in_memory_at_once_start_no_timer_twice(monkeypatch):
    monkeypatch.setattr(rate_limits, "MemoryStorage", InterruptedStorage)
    limiter = RateLimiter(is_shared=False)
    limiter._in_memory.storage.timer.join()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: limiter.hit("registration", "50/minute", "203.0.113.7"), range(24)))
    assert answers == [None] * 24
