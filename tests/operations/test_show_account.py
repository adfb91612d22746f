"""manage.py show_account: the search, and one screen about an account."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import Account
from dashboard.cli import output
from dashboard.core.actor import Actor, ActorKind
from events.models import Action
from events.services.recording import record
from operations import overview
from resetcodes.models import ResetCode
from sessions_app.models import Session
from sessions_app.services import sessions
from tests.commands import Ended, run
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
EMAIL = "ada@example.com"
NOT_FOUND = "no account matches."


@pytest.fixture
def account(db: None) -> Account:
    return AccountFactory(username="ada-the-first")


@pytest.fixture
def at_noon() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a width at which every row fits on a line."""
    monkeypatch.setattr(output, "WIDTH", 300)


def ids(result: Ended) -> list[str]:
    return [it["accountid"] for it in result.wire["accounts"]]


def shown(account: Account) -> str:
    """Return the output with runs of spaces collapsed."""
    result = run("show_account", account.accountid)
    assert (result.status, result.complained) == (0, "")
    return "\n".join(" ".join(line.split()) for line in result.said.splitlines())


# Search


@pytest.mark.parametrize(
    "given", ["ID", "ada-the-first", EMAIL, "ADA@Example.com", "ada@home.example", "Lovelace Ada", "example.com"]
)
def test_account_is_found(given: str, account: Account) -> None:
    ProfileFactory(account=account, full_name="Ada Lovelace", contact_email=EMAIL, display_email="ada@home.example")
    ProfileFactory(contact_email="somebody@else.example")
    given = given.replace("ID", account.accountid)
    assert ids(run("show_account", given, "--json")) == [account.accountid]
    assert run("show_account", given).said.startswith(f"{account.accountid}  active\n")


def test_username_that_looks_like_an_email_is_found(db: None) -> None:
    account, other = AccountFactory(username=EMAIL), ProfileFactory(contact_email=EMAIL).account
    assert set(ids(run("show_account", EMAIL, "--json"))) == {account.accountid, other.accountid}


@pytest.mark.parametrize(
    "given",
    [
        "",
        "acct_0123456789abcdef",
        "ADA-THE-FIRST",
        "%",
        "@",
        "%@example.com",
        "da@example.com",
        "a\0b",
        "sess_0123456789abcdef",
    ],
)
@pytest.mark.parametrize("options", [[], ["--json"]])
def test_nothing_is_found(given: str, options: list[str], account: Account) -> None:
    ProfileFactory(account=account, contact_email=EMAIL)
    result = run("show_account", given, *options)
    assert (result.status, result.said) == (1, "")
    assert NOT_FOUND in result.complained
    assert result.complained.count("\n") == 1


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_argument_that_is_not_text_finds_nothing(options: list[str], db: None) -> None:
    assert NOT_FOUND in run("show_account", "a\udcff@example.com", *options).complained


def test_exact_match_stands_alone(db: None) -> None:
    account = ProfileFactory(contact_email=EMAIL).account
    ProfileFactory(contact_email=f"{EMAIL}.au")
    assert ids(run("show_account", EMAIL, "--json")) == [account.accountid]


def test_account_of_another_app_is_not_found(db: None) -> None:
    account = AccountFactory(appid="another", username="ada-the-first")
    ProfileFactory(account=account, appid="another", contact_email=EMAIL)
    for given in (account.accountid, "ada-the-first", EMAIL):
        assert run("show_account", given).status == 1


def test_several_with_an_email_are_listed(db: None, at_noon: None) -> None:
    owner, scheduled = AccountFactory(owner=True), AccountFactory(deleted_at=NOW + timedelta(days=7))
    for account in (owner, scheduled):
        ProfileFactory(account=account, contact_email=EMAIL)
    result = run("show_account", EMAIL)
    lines = [" ".join(line.split()) for line in result.said.strip().splitlines()]
    assert result.status == 0
    assert lines[0] == "2 accounts; show one by its id"
    assert set(lines[2:-2]) == {
        f"{owner.accountid} 2026-11-21 06:30 Somebody {EMAIL} owner, active",
        f"{scheduled.accountid} 2026-11-21 06:30 Somebody {EMAIL} due to be deleted at 2026-11-28 06:30",
    }
    assert lines[-1] == "Times are in UTC."


def test_number_of_matches_is_limited(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    monkeypatch.setattr(overview, "SEARCH_LIMIT", 2)
    ProfileFactory.create_batch(3, contact_email=EMAIL)
    assert len(ids(run("show_account", EMAIL, "--json"))) == 2


# Output


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "active"),
        ({"administrator_since": NOW}, "administrator, active"),
        ({"administrator_since": NOW, "owner_since": NOW}, "owner, active"),
        ({"deleted_at": NOW + timedelta(days=7)}, "due to be deleted at 2026-11-28 06:30"),
        ({"deleted_at": NOW - timedelta(days=1)}, "overdue for deletion since 2026-11-20 06:30"),
        ({"locked_until": NOW + timedelta(minutes=1)}, "locked until 2026-11-21 06:31"),
        ({"locked_until": NOW}, "active"),
    ],
)
def test_state(columns: dict[str, Any], state: str, db: None, at_noon: None) -> None:
    account = AccountFactory(**columns)
    assert shown(account).splitlines()[0] == f"{account.accountid} {state}"


def test_wrong_passwords_are_shown(db: None) -> None:
    assert "wrong passwords 7 in a row" in shown(AccountFactory(failed_sign_ins=7))


def test_sessions_show_how_they_ended(account: Account, at_noon: None) -> None:
    administrator = AccountFactory(administrator=True)
    active, expired, own, theirs = SessionFactory.create_batch(4, account=account, ip_address="192.0.2.7")
    Session.objects.filter(pk=expired.pk).update(expires_at=NOW - timedelta(minutes=1))
    sessions.set_session_ended(own.pk, Actor(ActorKind.ACCOUNT, account.accountid))
    sessions.set_session_ended(theirs.pk, Actor(ActorKind.ACCOUNT, administrator.accountid))
    text = shown(account)
    assert "Sessions: 1 active of 4" in text
    state = {line.split()[0]: line.split("192.0.2.7 ")[1] for line in text.splitlines() if "192.0.2.7" in line}
    assert state[active.pk] == "active until 2026-11-21 06:50"
    assert state[expired.pk] == "expired 2026-11-21 06:29"
    assert state[own.pk] == "ended 2026-11-21 06:30, set-session-ended by itself"
    assert state[theirs.pk] == f"ended 2026-11-21 06:30, set-session-ended by {administrator.accountid}"


def test_idle_session_is_not_active(account: Account, at_noon: None, settings: Any) -> None:
    settings.SESSION_IDLE_TIMEOUT = 3600
    SessionFactory(account=account, last_seen_at=NOW - timedelta(hours=2))
    text = shown(account)
    assert "Sessions: 0 active of 1" in text
    assert "idle since 2026-11-21 05:30" in text


def test_events_show_actor_and_reason(account: Account, at_noon: None) -> None:
    record(
        Action.REFUSE_SIGN_IN,
        account.accountid,
        Actor(ActorKind.ANYBODY, None, "192.0.2.7"),
        refusal="invalid-password",
    )
    record(Action.UNLOCK_ACCOUNT, account.accountid, Actor.command_line())
    assert "2026-11-21 06:30 refuse-sign-in (invalid-password) anybody 192.0.2.7" in shown(account)
    assert "2026-11-21 06:30 unlock-account command line" in shown(account)


def test_profiles_and_codes_are_shown(account: Account, at_noon: None) -> None:
    profile = ProfileFactory(account=account, phone="555")
    account.profile = profile
    account.save()
    code = ResetCodeFactory(account=account)
    text = shown(account)
    assert f"{profile.profileid} (default) Somebody somebody@example.com 555" in text
    assert f"{code.codeid} 2026-11-21 06:30" in text


@pytest.mark.parametrize("width", [80, 120])
def test_times_ids_and_operations_are_not_wrapped_on_a_narrow_screen(
    width: int, account: Account, at_noon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "WIDTH", width)
    profile = ProfileFactory(account=account, contact_email=f"{'long' * 9}@example.com", full_name="Long Name " * 5)
    session = SessionFactory(
        account=account, ip_address="2001:db8:699:607b::b690", user_agent="Mobile Safari 19 on iOS"
    )
    code = ResetCodeFactory(account=account)
    caller = Actor(ActorKind.ANYBODY, None, "2001:db8:699:607b::b690", "Mobile Safari 19 on iOS")
    record(Action.REFUSE_SIGN_IN, account.accountid, caller, refusal="invalid-application-server")
    said = run("show_account", account.accountid).said
    assert max(map(len, said.splitlines())) <= width
    for whole in (
        profile.pk,
        f"{session.pk}  2026-11-21 06:30",
        f"{code.pk}  2026-11-21 06:30",
        "active until 2026-11-21",
    ):
        assert whole in said
    assert "2026-11-21 06:30  refuse-sign-in (invalid-application-server)" in said
    assert "Safari" in said


def test_empty_tables_are_one_line(account: Account) -> None:
    text = shown(account)
    assert all(f"{name}: none" in text.splitlines() for name in ("Profiles", "Sessions", "Reset codes", "Events"))


def test_long_histories_are_cut(account: Account) -> None:
    SessionFactory.create_batch(overview.LATEST + 1, account=account)
    text = shown(account)
    assert f"Sessions: {overview.LATEST + 1} active of {overview.LATEST + 1} (the latest {overview.LATEST})" in text
    assert text.count("sess_") == overview.LATEST


def test_control_characters_are_replaced(account: Account) -> None:
    ProfileFactory(account=account, full_name="\x1b[31mred\u202e [bold]x[/bold] [/]", contact_email="a\nb@example.com")
    text = shown(account)
    assert "\ufffd[31mred\ufffd [bold]x[/bold] [/]" in text
    assert "a\ufffdb@example.com" in text
    assert "\x1b" not in text


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_no_secret_is_shown(options: list[str], account: Account) -> None:
    session = SessionFactory(account=account)
    ResetCodeFactory(account=account)
    said = run("show_account", account.accountid, *options).said
    secrets = [account.password, account.username_hash, account.session_key, session.token_hash, session.csrf_token]
    secrets.append(ResetCode.objects.get().secret_code_hash)
    assert not [secret for secret in secrets if secret in said]


def test_json_has_the_same_rows(account: Account) -> None:
    ProfileFactory(account=account)
    SessionFactory(account=account)
    ResetCodeFactory(account=account)
    record(Action.CREATE_SESSION, account.accountid, Actor(ActorKind.ANYBODY))
    (told,) = json.loads(run("show_account", account.accountid, "--json").said)["accounts"]
    assert (told["accountid"], told["activeSessions"], told["allSessions"]) == (account.accountid, 1, 1)
    assert [it["object"] for name in ("profiles", "sessions", "resetCodes", "events") for it in told[name]] == [
        "profile",
        "session",
        "resetCode",
        "event",
    ]


def test_times_are_in_the_time_zone(db: None, at_noon: None, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    said = run("show_account", AccountFactory().accountid).said
    assert "2026-11-21 12:00" in said
    assert said.endswith("Times are in Asia/Kolkata.\n")
    assert "UTC" not in said


def test_times_of_several_are_in_the_time_zone(db: None, at_noon: None, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Kolkata"
    ProfileFactory.create_batch(2, contact_email=EMAIL)
    said = run("show_account", EMAIL).said
    assert "2026-11-21 12:00" in said
    assert said.endswith("Times are in Asia/Kolkata.\n")
    assert "UTC" not in said


@pytest.mark.django_db
def test_networks_that_have_to_wait_are_named() -> None:
    account = AccountFactory()
    account.sign_in_clients.create(
        client="network 203.0.113.7/32", failed_sign_ins=10, locked_until=NOW + timedelta(days=3650)
    )
    account.sign_in_clients.create(client="network 198.51.100.7/32", failed_sign_ins=2)
    screen = shown(account)
    assert "network 203.0.113.7/32 has to wait until" in screen
    assert "198.51.100.7" not in screen
