"""manage.py seed_demo: consistency of the generated rows, and refusals."""

import io
import re
import sys

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import Account, Profile
from events.models import Action, DailyFigure, Event
from events.services.rollup import count_events
from operations.demo import history, indexes, seeding
from operations.demo.history import COLUMNS, History
from operations.demo.seeding import Plan
from operations.demo.timestamps import as_text
from operations.doctor import database
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.client import outcome
from tests.commands import run
from tests.factories import AccountFactory, SessionFactory
from tests.operations.doctor.cases import FINE, PROBLEM, severities

NOW = 1_800_000_000_000
SMALL = ("seed_demo", "--accounts", "60", "--sessions", "400")


def generated(numbers):
    made = History(NOW, len(numbers), "hash", "acct_0123456789abcdef")
    for index, number in enumerate(numbers):
        made.add(index, number, sessions=2)
    return made.rows


@pytest.fixture
def piped(monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("a password of all\n"))


@pytest.fixture
def seeded(db, piped, monkeypatch):
    for rare in ("SCHEDULED", "KEY_RESET", "PASSWORD_CHANGED", "CODE_USED", "CODE_OPEN"):
        monkeypatch.setattr(history, rare, 1 / 5)  # so that a few accounts suffice
    return run(*SMALL, "--password").said


def test_number_of_rows(seeded):
    assert Account.objects.count() == 60 + 1
    assert Session.objects.count() == 400
    assert Profile.objects.count() >= 60
    assert seeded.startswith(f"60 accounts and 400 sessions, {Event.objects.count():,} events.\n")


def test_rows_are_valid(seeded):
    for model in COLUMNS:
        for row in model.objects.all():
            row.clean_fields()
            assert row.created_at <= timezone.now()
    assert not Account.objects.filter(profile__isnull=False).exclude(profile__account=F("pk")).exists()
    assert not Account.objects.filter(updated_at__lt=F("created_at")).exists()


def test_sessions_are_consistent_with_their_accounts(seeded):
    sessions, now = Session.objects.all(), timezone.now()
    active = sessions.active(now)
    assert active.exists()
    assert sessions.filter(ended_at__isnull=False).exists()
    assert sessions.filter(ended_at=None, expires_at__lt=now).exists()
    assert not sessions.filter(created_at__lt=F("account__created_at")).exists()
    assert not active.filter(account__deleted_at__isnull=False).exists()
    assert not active.exclude(session_key_number=F("account__session_key_number")).exists()
    assert not sessions.filter(created_at__gt=F("account__last_signed_in_at")).exists()
    assert not sessions.filter(Q(ended_at__lt=F("created_at")) | Q(ended_at__gt=F("expires_at"))).exists()
    assert not sessions.filter(Q(last_seen_at__lt=F("created_at")) | Q(last_seen_at__gt=now)).exists()


def test_events_match_the_sessions(seeded):
    sessions = {session.pk: session for session in Session.objects.all()}
    created = Event.objects.filter(action=Action.CREATE_SESSION)
    assert {event.targetid for event in created} == set(sessions)
    for event in created:
        session = sessions[event.targetid]
        assert (event.accountid, event.created_at) == (session.account_id, session.created_at)
        assert (event.ip_address, event.user_agent) == (session.ip_address, session.user_agent)
    ended = [session for session in sessions.values() if session.ended_at]
    assert {session.ended_by_action for session in ended} == {
        Action.SET_SESSION_ENDED,
        Action.SET_ACCOUNT_DELETED,
        Action.SET_ACCOUNT_PASSWORD,
        Action.RESET_ACCOUNT_PASSWORD,
        Action.RESET_SESSION_KEY,
    }
    for session in ended:
        event = Event.objects.get(
            Q(targetid=session.pk) | ~Q(action=Action.SET_SESSION_ENDED),
            accountid=session.account_id,
            action=session.ended_by_action,
        )
        assert (event.created_at, event.actor_kind) == (session.ended_at, session.ended_by_kind)
        assert event.actor_accountid == session.ended_by_accountid


def test_events_match_the_accounts(seeded):
    def told(action):
        return set(Event.objects.filter(action=action).values_list("accountid", flat=True))

    accounts = Account.objects.values_list("pk", flat=True)
    assert told(Action.CREATE_ACCOUNT) == set(accounts)
    assert told(Action.SET_ACCOUNT_DELETED) == set(accounts.deleted())
    assert told(Action.SET_ACCOUNT_ADMINISTRATOR) == set(accounts.administrators().filter(owner_since=None)) != set()
    assert told(Action.CREATE_RESET_CODE) == set(accounts.filter(reset_code_last_created_at__isnull=False))
    assert set(ResetCode.objects.values_list("account", flat=True)) <= told(Action.CREATE_RESET_CODE)


def test_wrong_usernames_and_passwords_have_events(seeded):
    refused = Event.objects.filter(action=Action.REFUSE_SIGN_IN)
    assert set(refused.values_list("refusal", flat=True)) == {"invalid-password", "invalid-username"}
    assert set(refused.values_list("accountid", flat=True)) - set(Account.objects.values_list("pk", flat=True)) == {""}
    assert set(refused.values_list("actor_kind", "actor_accountid")) == {("anybody", "")}


def test_some_accounts_are_locked_after_guesses():
    rows = generated(range(1500))
    columns, events = COLUMNS[Account], rows[Event]
    locked = [row for row in (dict(zip(columns, row, strict=True)) for row in rows[Account]) if row["locked_until"]]
    assert locked
    for account in locked:
        guesses = [event for event in events if event[1:3] == (Action.REFUSE_SIGN_IN, account["accountid"])]
        assert account["failed_sign_ins"] <= len(guesses)
        assert account["deleted_at"] is None
        assert account["locked_until"] > as_text(NOW) >= max(event[8] for event in guesses)


def test_daily_counts_match_sessions_seen_on_later_days(seeded):
    later = [it for it in Session.objects.all() if it.last_seen_at.date() > it.created_at.date()]
    assert sum(DailyFigure.objects.values_list("value", flat=True)) == len(later) > 0


def test_all_accounts_have_the_given_password(seeded, guest):
    assert seeded.endswith("\nSign in as administrator; the password of all accounts is the one that you gave\n")
    body = {"username": "administrator", "password": "a password of all"}
    assert guest.post("user/create-session", body).status_code == 200
    email = Account.objects.filter(deleted_at=None).exclude(profile=None).first().profile.contact_email
    body["username"] = email.partition("@")[0]
    assert guest.post("user/create-session", body).status_code == 200


def test_json(db, piped):
    wire = run("seed_demo", "--accounts", "1", "--sessions", "0", "--json").wire
    assert len(wire.pop("password")) == 16
    events = Event.objects.count()
    assert wire == {"object": "demo", "accounts": 1, "sessions": 0, "events": events, "username": "administrator"}


def test_given_password_is_not_printed(db, piped):
    assert "password" not in run("seed_demo", "--accounts", "1", "--password", "--add", "--seed", "1", "--json").wire


def test_generated_password_is_printed(db, guest):
    said = run("seed_demo", "--accounts", "1", "--username", "somebody").said
    told = re.search(r"Sign in as somebody; the password of all accounts is (\S{16})\n", said)
    body = {"username": "somebody", "password": told[1]}
    assert outcome(guest.post("user/create-session", body)) == (200, "")
    assert Account.objects.owner().get().is_staff
    assert Session.objects.count() == 5 + 1


def test_same_seed_makes_the_same_rows():
    assert generated([7, 8]) == generated([7, 8])
    first, second, third = (generated(numbers)[Account] for numbers in ([7, 8], [7, 8, 9], [17, 18]))
    assert first[0][0] == second[0][0] != third[0][0]


def test_database_with_accounts_is_not_changed(db):
    account = AccountFactory(owner=True)
    ended = run(*SMALL)
    assert (ended.status, ended.said) == (1, "")
    assert ended.complained == ("Failed: dashboard already has accounts; nothing was created. Use --add to add more.\n")
    assert Account.objects.get() == account
    assert not Event.objects.exists()


def test_accounts_of_another_appid_do_not_matter(db, guest):
    AccountFactory(owner=True, appid="another")
    run("seed_demo", "--accounts", "1")
    assert Account.objects.count() == 2


def test_add_creates_more_accounts(seeded):
    owner = Account.objects.owner().get()
    run(*SMALL, "--add", "--seed", "1", "--username", "another-administrator")
    assert Account.objects.count() == 2 * 61
    assert Account.objects.owner().get() == owner
    added = Account.objects.with_username("another-administrator").get()
    assert added.is_staff


def test_each_run_that_adds_has_an_administrator_of_its_own(seeded):
    for seed in ("1", "2"):
        ended = run("seed_demo", "--accounts", "1", "--add", "--seed", seed)
        assert (ended.status, ended.complained) == (0, "")
        assert f"Sign in as administrator-{seed};" in ended.said
        assert Account.objects.with_username(f"administrator-{seed}").get().is_staff


def test_interrupted_run_can_be_completed_as_documented(monkeypatch, db):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("operations.demo.seeding.Batch.write", interrupted)
        assert run("seed_demo", "--accounts", "2").status == 130
    assert run("seed_demo", "--accounts", "2", "--add", "--seed", "1").status == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--username", "somebody"],
            "Failed: Seed 0 has already been used; nothing was created. Use another --seed.",
        ),
        (
            ["--seed", "1", "--username", "administrator"],
            "Refused: administrator: duplicate-username: The username is already taken.",
        ),
        (
            ["--seed", "1", "--username", "short"],
            "Refused: short: invalid-username-length: A username must have 6 to 50 characters.",
        ),
        (
            ["--seed", "-1"],
            "Failed: The number of accounts must be 1 to 9,999,999; sessions and seed must not be negative.",
        ),
        (
            ["--accounts", "0"],
            "Failed: The number of accounts must be 1 to 9,999,999; sessions and seed must not be negative.",
        ),
        (
            ["--accounts", "10000000"],
            "Failed: The number of accounts must be 1 to 9,999,999; sessions and seed must not be negative.",
        ),
        (
            ["--sessions", "-1"],
            "Failed: The number of accounts must be 1 to 9,999,999; sessions and seed must not be negative.",
        ),
    ],
)
def test_refusals_create_nothing(arguments, said, db):
    run("seed_demo", "--accounts", "2")
    before = Account.objects.count(), Event.objects.count()
    ended = run("seed_demo", "--accounts", "2", "--add", *arguments)
    assert (ended.status, ended.said, ended.complained) == (1, "", f"{said}\n")
    assert (Account.objects.count(), Event.objects.count()) == before


def test_sums_of_days_that_get_more_events_are_made_anew(seeded, piped):
    run("rollup_metrics")
    sys.stdin = io.StringIO("another password\n")
    assert (
        run("seed_demo", "--accounts", "20", "--add", "--seed", "3", "--username", "another-one", "--password").status
        == 0
    )
    assert count_events() == Event.objects.count()
    run("rollup_metrics")
    assert count_events() == Event.objects.count()


class StoppedError(Exception):
    pass


def test_what_is_done_is_summed_up_when_it_is_interrupted(db, monkeypatch):
    administrator, updated = AccountFactory(administrator=True), []
    monkeypatch.setattr(seeding, "ACCOUNTS_PER_BATCH", 20)
    monkeypatch.setattr(seeding, "_update_statistics", lambda: updated.append(Account.objects.count()))
    batches = seeding.seed(Plan(100, 500, 0), administrator.accountid, "a password")
    assert next(batches) == 20
    with pytest.raises(StoppedError):
        batches.throw(StoppedError)
    assert updated == [21]
    later = [it for it in Session.objects.all() if it.last_seen_at.date() > it.created_at.date()]
    assert sum(DailyFigure.objects.values_list("value", flat=True)) == len(later) > 0


@pytest.fixture
def processes(transactional_db, monkeypatch):
    """Let processes use the database of the test, in batches of 25 accounts."""
    given = connection.settings_dict
    address = f"{given['HOST'] or ''}:{given['PORT']}" if given["PORT"] else given["HOST"] or ""
    secret = f":{given['PASSWORD']}" if given["PASSWORD"] else ""
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{given['USER']}{secret}@{address}/{given['NAME']}")
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
    monkeypatch.setenv("SECRET_KEY", "that of a test, which is long enough to be taken for one")
    monkeypatch.setattr(seeding, "ACCOUNTS_PER_BATCH", 25)


@pytest.mark.postgresql
def test_processes_share_the_work_and_empty_tables_get_their_indexes_at_the_end(processes):
    administrator = AccountFactory(administrator=True)
    batches = seeding.seed(Plan(100, 500, 0), administrator.accountid, "a password")
    sizes = [next(batches)]
    assert "session_newest" not in indexes._existing(Session)
    assert [*sizes, *batches] == [25] * 4
    assert Account.objects.count() == 101
    assert Session.objects.count() == 500
    assert severities(database.indexes) == [FINE]


@pytest.mark.postgresql
def test_statistics_of_what_was_written_are_there_without_autovacuum(processes):
    administrator, begun = AccountFactory(administrator=True), timezone.now()
    list(seeding.seed(Plan(100, 200, 0), administrator.accountid, "a password"))
    ours = [it for it in apps.get_models() if not it.__module__.startswith("django.")]
    filled = {it._meta.db_table for it in ours if it._base_manager.count() >= 100}
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_stat_user_tables WHERE last_analyze >= %s", [begun])
        analyzed = {name for (name,) in cursor.fetchall()}
    assert {"accounts_account", "accounts_searchentry", "sessions_app_session", "events_event"} <= filled
    assert filled - analyzed == set()


@pytest.mark.postgresql
def test_indexes_are_built_when_it_is_interrupted(processes):
    administrator = AccountFactory(administrator=True)
    batches = seeding.seed(Plan(200, 200, 0), administrator.accountid, "a password")
    next(batches)
    with pytest.raises(StoppedError):
        batches.throw(StoppedError)
    assert 26 <= Account.objects.count() <= 201
    assert severities(database.indexes) == [FINE]


@pytest.mark.postgresql
def test_tables_in_use_keep_their_indexes(processes):
    administrator = SessionFactory(account=AccountFactory(administrator=True)).account
    batches = seeding.seed(Plan(100, 100, 0), administrator.accountid, "a password")
    next(batches)
    assert "session_newest" in indexes._existing(Session)
    assert sum(batches) == 75


@pytest.mark.postgresql
def test_indexes_that_a_killed_run_has_left_missing_are_built(processes):
    with connection.schema_editor() as editor:
        editor.remove_index(Session, next(it for it in Session._meta.indexes if it.name == "session_newest"))
    administrator = SessionFactory(account=AccountFactory(administrator=True)).account
    assert severities(database.indexes) == [PROBLEM]
    list(seeding.seed(Plan(100, 0, 0), administrator.accountid, "a password"))
    assert severities(database.indexes) == [FINE]
