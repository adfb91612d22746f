"""manage.py end_sessions: ends many sessions, by an operator."""

from datetime import timedelta

import pytest
from django.utils import timezone

from events.models import Event
from sessions_app.models import Session
from sessions_app.services import revocation
from tests.cases import everything
from tests.client import ApiClient, outcome
from tests.commands import run
from tests.factories import AccountFactory, SessionFactory


def ago(**time):
    return timezone.now() - timedelta(**time)


def active():
    return set(Session._base_manager.filter(ended_at=None, expires_at__gt=timezone.now()))


@pytest.fixture
def some(db):
    """Active sessions by a name each, and others that are not to be touched."""
    ada, bob = AccountFactory(), AccountFactory()
    SessionFactory(expired=True)
    SessionFactory(is_ended_by_request=True)
    return {
        "new": SessionFactory(account=ada, ip_address="192.0.2.7"),
        "old": SessionFactory(account=ada, ip_address="192.0.3.7", created_at=ago(days=31)),
        "bobs": SessionFactory(account=bob, ip_address="2001:db8::7", created_at=ago(hours=2)),
        "from nowhere": SessionFactory(account=bob),
        "of another app": SessionFactory(account=AccountFactory(appid="another"), appid="another"),
    }


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ("--all", ["new", "old", "bobs", "from nowhere"]),
        ("--account ADA", ["new", "old"]),
        ("--older-than 30d", ["old"]),
        ("--older-than 119m", ["old", "bobs"]),
        ("--older-than 121m", ["old"]),
        ("--older-than 99999w", []),
        ("--network 192.0.2.0/24", ["new"]),
        ("--network 192.0.2.0/23", ["new", "old"]),
        ("--network 192.0.2.7", ["new"]),
        ("--network 2001:db8::/32", ["bobs"]),
        ("--network 0.0.0.0/0", ["new", "old"]),
        ("--network ::/0", ["bobs"]),
        ("--network 192.0.0.0/16 --account BOB", []),
        ("--network 192.0.0.0/16 --account ADA --older-than 1d", ["old"]),
    ],
)
def test_those_that_fit_are_ended(options, names, some):
    options = options.replace("ADA", some["new"].account_id).replace("BOB", some["bobs"].account_id).split()
    expected = {some[name] for name in names}
    before = active()
    dry_run = run("end_sessions", *options, "--dry-run", "--json")
    assert (dry_run.status, dry_run.wire) == (0, {"dryRun": True, "sessions": len(names)})
    assert active() == before
    result = run("end_sessions", *options, "--yes", "--json")
    assert (result.status, result.complained, result.wire) == (0, "", {"ended": len(names)})
    assert before - active() == expected
    assert {event.targetid for event in Event.objects.all()} == {session.sessionid for session in expected}


def test_ended_sessions_are_refused_at_once_and_say_why(db):
    session = SessionFactory()
    client = ApiClient(session)
    assert outcome(client.get("user/session", sessionid=session.sessionid)) == (200, "")
    assert run("end_sessions", "--all", "--yes").said == "1 session ended\n"
    assert outcome(client.get("user/session", sessionid=session.sessionid)) == (401, "Sign in required")
    session.refresh_from_db()
    assert (session.ended_by_action, session.ended_by_kind) == ("end-sessions", "command line")
    columns = ("action", "accountid", "targetid", "actor_kind", "actor_accountid")
    assert Event.objects.values_list(*columns).get() == (
        "end-sessions",
        session.account_id,
        session.sessionid,
        "command line",
        "",
    )


@pytest.mark.parametrize("number", [4, 5, 6])
def test_batches_end_all(number, monkeypatch, db):
    monkeypatch.setattr(revocation, "SESSIONS_PER_TRANSACTION", 5)
    SessionFactory.create_batch(number, account=AccountFactory())
    assert run("end_sessions", "--all", "--yes").said == f"{number} sessions ended\n"
    assert not active()


def test_session_that_begins_meanwhile_stays(monkeypatch, db):
    monkeypatch.setattr(revocation, "SESSIONS_PER_TRANSACTION", 1)
    SessionFactory.create_batch(2, account=AccountFactory())
    begun = []

    def end(*args, **options):
        begun.append(SessionFactory(pk="sess_ffffffffffffffff"[: -len(str(len(begun)))] + str(len(begun))))
        return real(*args, **options)

    real = revocation._end
    monkeypatch.setattr(revocation, "_end", end)
    assert run("end_sessions", "--all", "--yes").said == "2 sessions ended\n"
    assert active() == set(begun)


def test_question_says_how_many(some):
    before = everything()
    result = run("end_sessions", "--all")
    assert (result.status, result.said) == (1, "")
    assert result.complained == "Failed: End 4 sessions? There is no terminal to answer at: give --yes.\n"
    assert everything() == before


def test_nothing_to_end_is_no_question(db):
    result = run("end_sessions", "--all")
    assert (result.status, result.said) == (0, "0 sessions ended\n")


def test_dry_run_is_told_to_people(some):
    assert run("end_sessions", "--all", "--dry-run").said == "4 sessions would end\n"


@pytest.mark.parametrize("options", [[], ["--yes"], ["--all", "--older-than", "30d"]])
def test_which_sessions_must_be_said(options, some):
    before = everything()
    result = run("end_sessions", *options)
    assert (result.status, result.said) == (2, "")
    assert result.complained == (
        "Failed: Select sessions with --all, or with one or more of --account, --older-than and --network.\n"
    )
    assert everything() == before


def test_unknown_account_is_refused(some):
    before = everything()
    result = run("end_sessions", "--account", "acct_0123456789abcdef", "--yes")
    assert (result.status, result.complained) == (
        1,
        "Refused: acct_0123456789abcdef: invalid-accountid: No account has this accountid.\n",
    )
    assert everything() == before


@pytest.mark.parametrize("network", ["", "192.0.2.1/24", "192.0.2.0/33", "example.com", "192.0.2"])
def test_network_must_be_one(network):
    result = run("end_sessions", "--network", network, "--yes")
    assert (result.status, "not a network such as 203.0.113.0/24" in result.complained) == (1, True)


def test_interruption_says_how_far_it_came(monkeypatch, db):
    monkeypatch.setattr(revocation, "SESSIONS_PER_TRANSACTION", 2)
    SessionFactory.create_batch(5, account=AccountFactory())

    def end(sessionids, *args, **options):
        if len(active()) == 3:
            raise KeyboardInterrupt
        return real(sessionids, *args, **options)

    real = revocation._end
    monkeypatch.setattr(revocation, "_end", end)
    result = run("end_sessions", "--all", "--yes")
    assert (result.status, result.said) == (130, "")
    assert result.complained == "Failed: Interrupted: 2 sessions of 5 ended; run it again for the rest.\n"
    assert len(active()) == 3
    monkeypatch.setattr(revocation, "_end", real)
    assert run("end_sessions", "--all", "--yes").said == "3 sessions ended\n"
