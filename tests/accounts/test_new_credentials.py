"""Rules for new usernames and passwords, and that they are off where settings say so."""

import pytest

from accounts.models import Account
from tests.client import ApiClient, outcome
from tests.commands import run
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory

pytestmark = pytest.mark.django_db

REFUSED_NAMES = {
    "surrounding space": " somebody",
    "space at the end": "somebody ",
    "two spaces": "some  body",
    "no-break space": "some\u00a0body",
    "tab": "some\tbody",
    "line feed": "some\nbody",
    "zero width space": "some\u200bbody",
    "zero width joiner": "some\u200dbody",
    "soft hyphen": "some\u00adbody",
    "byte order mark": "\ufeffsomebody",
    "right-to-left override": "some\u202ebody",
    "full width": "\uff53\uff4f\uff4d\uff45\uff42\uff4f\uff44\uff59",
    "ligature": "\ufb01nancier",
    "superscript": "somebody\u00b2",
    "emoji": "somebody\U0001f600",
    "unassigned": "somebody\u0378",
    "private use": "somebody\ue000",
    "Cyrillic in Latin": "s\u043emebody",
    "Greek in Latin": "s\u03bfmebody",
    "Cyrillic that looks Latin": "\u0430\u0440\u0440\u04cf\u0435\u0455",
    "mixed directions": "some\u05d1ody",
}
ACCEPTED_NAMES = {
    "ASCII": "some.body+1@example.com",
    "space between": "some body else",
    "punctuation": "o'brien_the-first!",
    "accents": "zo\u00eb.m\u00fcller",
    "Cyrillic": "\u0430\u043b\u0435\u043a\u0441\u0430\u043d\u0434\u0440",
    "Greek": "\u03b1\u03bb\u03ad\u03be\u03b1\u03bd\u03b4\u03c1\u03bf\u03c2",
    "Arabic": "\u0645\u062d\u0645\u062f\u0645\u062d\u0645\u062f",
    "Hebrew": "\u05d0\u05d1\u05e8\u05d4\u05dd\u05d0",
    "Devanagari": "\u0930\u093e\u092e\u0915\u0941\u092e\u093e\u0930",
    "Japanese with Latin": "\u65e5\u672c\u3072\u3089\u30ab\u30bfabc",
    "Korean with Latin": "\ud55c\uad6d\uc0ac\ub78cabc",
}


def register(username="somebody-new", password=PASSWORD):
    return outcome(ApiClient().post("user/create-account", {"username": username, "password": password}))


@pytest.mark.parametrize("name", REFUSED_NAMES.values(), ids=REFUSED_NAMES)
def test_misleading_username_is_refused(name, user):
    assert register(name) == (400, "invalid-username")
    fields = {"new-username": name, "password": PASSWORD}
    answer = user.patch("user/set-account-username", fields, accountid=user.account.accountid)
    assert outcome(answer) == (400, "invalid-new-username")
    assert Account.objects.count() == 1


@pytest.mark.parametrize("name", ACCEPTED_NAMES.values(), ids=ACCEPTED_NAMES)
def test_username_of_any_script_is_accepted(name):
    assert register(name) == (200, "")


@pytest.mark.parametrize("name", REFUSED_NAMES.values(), ids=REFUSED_NAMES)
def test_existing_username_keeps_working(name):
    AccountFactory(username=name)
    answer = ApiClient().post("user/create-session", {"username": name, "password": PASSWORD})
    assert outcome(answer) == (200, "")


def test_every_username_is_accepted_if_the_rule_is_off(settings):
    settings.RESTRICT_USERNAMES = False
    assert {register(name) for name in REFUSED_NAMES.values()} == {(200, "")}


WEAK = ["password1", "PASSWORD1", "qwertyuiop", "dashboard", "Dashboard", "auth.example.com", "our-app-name"]


@pytest.fixture
def named(settings):
    settings.APPID, settings.DASHBOARD_SERVER = "our-app-name", "https://auth.example.com/accounts"


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("password", [*WEAK, "somebody-new", "Somebody-New"])
def test_weak_password_is_refused_wherever_it_is_chosen(password):
    refused = (400, "weak-password")
    assert register(password=password) == refused
    account = AccountFactory(username="somebody-new")
    ResetCodeFactory(account=account)
    client = ApiClient(SessionFactory(account=account))
    fields = {"new-password": password, "password": PASSWORD}
    assert outcome(client.patch("user/set-account-password", fields, accountid=account.accountid)) == refused
    fields = {"username": "somebody-new", "new-password": password, "secret-code": "abc123def456"}
    assert outcome(client.patch("user/reset-account-password", fields)) == refused
    assert Account.objects.get().password == account.password


@pytest.mark.usefixtures("named")
@pytest.mark.parametrize("password", WEAK)
def test_weak_password_is_refused_by_the_command(password, monkeypatch):
    monkeypatch.setattr("getpass.getpass", lambda prompt: password)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    ended = run("create_account", "--username", "somebody-new")
    assert (ended.status, "weak-password" in ended.complained) == (1, True)
    assert not Account.objects.exists()


@pytest.mark.usefixtures("named")
def test_every_password_is_accepted_if_the_rule_is_off(settings):
    settings.PASSWORD_BLOCKLIST = False
    assert {register(f"somebody{number}", password) for number, password in enumerate(WEAK)} == {(200, "")}


def test_existing_weak_and_short_password_keeps_working():
    account = AccountFactory(username="somebody", raw_password="secret")
    client = ApiClient()
    fields = {"username": "somebody", "password": "secret"}
    session = client.post("user/create-session", fields).json()
    assert outcome(client.patch("user/set-session-verified", fields, sessionid=session["sessionid"])) == (200, "")
    fields = {"new-password": PASSWORD, "password": "secret"}
    assert outcome(client.patch("user/set-account-password", fields, accountid=account.accountid)) == (200, "")


@pytest.mark.parametrize(("length", "expected"), [(7, 400), (8, 200), (128, 200), (129, 400)])
def test_length_of_a_new_password(length, expected):
    assert register(password=("\u00fcber-" * 30)[:length])[0] == expected


def test_every_character_of_the_longest_password_counts():
    register(password="a" * 127 + "b")
    answer = ApiClient().post("user/create-session", {"username": "somebody-new", "password": "a" * 127 + "c"})
    assert outcome(answer) == (401, "invalid-password")
