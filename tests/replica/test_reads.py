"""Which database a list is read from, and what happens where the replica fails."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from secrets import token_hex

import psycopg
import pytest
import time_machine
from django.db import OperationalError, router, transaction

from accounts.models import Account, Profile
from admin_site.admin.keyset import Position
from dashboard.cache.rows import row_cache
from dashboard.core.actor import Actor, ActorKind
from dashboard.db import routers
from dashboard.db.routers import REPLICA, read_alias, reading_from
from dashboard.observability.metrics import get_metrics
from dashboard.replica import own_writes, reads
from dashboard.replica.positions import Answers, ReplicaState
from dashboard.replica.reads import LEFT_OUT, OWN_LIST, OWN_WRITE, Reader, reader_of
from events.models import Action
from events.services import rollup
from events.services.recording import record
from events.services.rollup import count_so_far
from tests.admin.browser import Browser
from tests.client import ApiClient
from tests.factories import AccountFactory, EventFactory, ServiceCredentialFactory, SessionFactory

SERVER = "a run of the replica"
ACTOR = Actor(ActorKind.ACCOUNT, "acct_0123456789abcdef")
OTHER = Actor(ActorKind.SERVICE, credentialid="cred_0123456789abcdef")


@pytest.fixture
def state(settings, monkeypatch) -> ReplicaState:
    """Have a replica, which has everything."""
    settings.READ_DATABASE_URL = "postgresql://replica.example.com/dashboard"
    settings.DATABASE_ROUTERS = ["dashboard.db.routers.ReadRouter"]
    memory = "django.core.cache.backends.locmem.LocMemCache"
    settings.CACHES = {"default": {"BACKEND": memory, "LOCATION": token_hex()}}
    state = ReplicaState()
    state.learn(state.clock(), Answers("1", 1, "1", 1, is_standby=True, server=SERVER))
    monkeypatch.setattr(reads, "state", state)
    monkeypatch.setattr(reads, "_server", lambda: SERVER)
    monkeypatch.setattr(own_writes, "_blind_until", 0.0)
    return state


@pytest.fixture
def closed(monkeypatch) -> list[str]:
    """Note which connections are closed. None is in a transaction, as the test's would be."""
    noted: list[str] = []

    class Database:
        in_atomic_block = False

        def __init__(self, alias: str) -> None:
            self.alias = alias

        def close(self) -> None:
            noted.append(self.alias)

    databases = {alias: Database(alias) for alias in ("default", REPLICA)}
    for module in (reads, routers):
        monkeypatch.setattr(module, "connections", databases)
    return noted


def failing(sqlstate: str | None) -> OperationalError:
    error = OperationalError("it fails")
    error.__cause__ = psycopg.errors.lookup(sqlstate)("it fails") if sqlstate else psycopg.OperationalError("it fails")
    return error


def counted(database: str, reason: str = "") -> float:
    return get_metrics().list_reads.labels(database, reason)._value.get()


# The router


def test_router_follows_the_block(state):
    assert router.db_for_read(Account) == "default"
    with reading_from(REPLICA):
        assert router.db_for_read(Account) == REPLICA
        assert router.db_for_write(Account) == "default"
    assert router.db_for_read(Account) == "default"


def test_row_of_the_replica_is_written_to_the_primary(state):
    account = Account()
    account._state.db = REPLICA
    assert router.db_for_write(Account, instance=account) == "default"
    assert router.db_for_read(Profile, instance=account) == "default"
    assert router.allow_relation(account, Profile())


def test_only_the_primary_is_migrated(state):
    assert [router.allow_migrate(alias, "accounts") for alias in ("default", REPLICA)] == [True, False]


def test_transaction_reads_what_it_has_written(state, db):
    with transaction.atomic(), reading_from(REPLICA):
        assert read_alias() == "default"
        assert Account.objects.count() == 0


def test_rows_of_the_replica_do_not_fill_the_cache(db, closed, monkeypatch):
    account = AccountFactory()
    added: list[str] = []
    monkeypatch.setattr(row_cache, "add", added.extend)
    snapshot = row_cache.fetch(account.cache_key(account.pk))
    with reading_from(REPLICA):
        snapshot.populate({account.cache_key(account.pk): account})
    assert added == []
    snapshot.populate({account.cache_key(account.pk): account})
    assert added == [account.cache_key(account.pk)]


def test_counts_of_the_replica_are_not_remembered_for_the_primary(db, closed):
    now = datetime(2022, 6, 24, 12, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        with reading_from(REPLICA):
            assert count_so_far(now.date()).total() == 0
        EventFactory(created_at=now - timedelta(hours=1))  # which the replica did not have yet
        assert count_so_far(now.date()).total() == 1
        with reading_from(REPLICA):
            assert count_so_far(now.date()).total() == 1


def test_what_is_settled_is_counted_once_at_the_replica(db, closed, settings, monkeypatch):
    now = datetime(2022, 6, 24, 12, tzinfo=UTC)
    settings.READ_DATABASE_MAXIMUM_LAG = 1800
    begun = []
    between = rollup._between
    monkeypatch.setattr(rollup, "_between", lambda start, end: begun.append(start) or between(start, end))
    with time_machine.travel(now, tick=False), reading_from(REPLICA):
        EventFactory(created_at=now - timedelta(hours=1))
        assert count_so_far(now.date()).total() == 1
        EventFactory(created_at=now - timedelta(minutes=30))  # which the replica gets late
        begun.clear()
        assert count_so_far(now.date()).total() == 2
    assert begun == [now - timedelta(minutes=40)] * 2


# The reader


def test_without_a_replica(settings):
    assert settings.READ_DATABASE_URL is None
    assert reader_of(ACTOR)(read_alias) == "default"


def test_at_the_replica(state, closed):
    before = counted(REPLICA)
    assert reader_of(ACTOR)(read_alias) == REPLICA
    assert counted(REPLICA) == before + 1


def test_replica_that_is_left_out_is_not_asked(state, closed):
    state.leave_out("it is gone")
    before = counted("primary", LEFT_OUT)
    assert reader_of(ACTOR)(read_alias) == "default"
    assert counted("primary", LEFT_OUT) == before + 1


@pytest.mark.parametrize(
    ("sqlstate", "is_left_out"),
    [(None, True), ("08006", True), ("57P01", True), ("40001", False), ("57014", False), ("42P01", False)],
)
def test_what_fails_at_the_replica_is_done_at_the_primary(state, closed, sqlstate, is_left_out):
    asked: list[str] = []

    def call() -> str:
        asked.append(alias := read_alias())
        if alias == REPLICA:
            raise failing(sqlstate)
        return alias

    assert reader_of(ACTOR)(call) == "default"
    assert asked == [REPLICA, "default"]
    assert closed == [REPLICA]
    assert state.is_usable != is_left_out


def test_what_fails_at_both_is_raised(state, closed):
    def call() -> str:
        raise failing("57014")

    with pytest.raises(OperationalError):
        reader_of(ACTOR)(call)


def test_connection_to_another_server_is_not_used(state, closed, monkeypatch):
    monkeypatch.setattr(reads, "_server", lambda: "another run")
    assert reader_of(ACTOR)(read_alias) == "default"
    assert closed == [REPLICA]


# Own writes


@pytest.mark.parametrize("actor", [ACTOR, OTHER], ids=["account", "service"])
def test_who_has_written_reads_from_the_primary(state, closed, db, actor, django_capture_on_commit_callbacks):
    ServiceCredentialFactory(credentialid=OTHER.credentialid)
    bystander = Actor(ActorKind.ACCOUNT, "acct_ffffffffffffffff")
    with django_capture_on_commit_callbacks(execute=True):
        record(Action.CREATE_PROFILE, "acct_0000000000000000", actor)
        assert reader_of(actor).reason == ""
    assert reader_of(actor)(read_alias) == "default"
    assert reader_of(bystander)(read_alias) == REPLICA


def test_a_write_is_noted_once_for_all_its_events(state, db, monkeypatch, django_capture_on_commit_callbacks):
    ServiceCredentialFactory(credentialid=OTHER.credentialid)
    noted = []
    monkeypatch.setattr(row_cache, "leave", lambda keys, seconds: noted.append(keys) or True)
    with django_capture_on_commit_callbacks(execute=True):
        for actor in (ACTOR, OTHER, ACTOR):
            record(Action.CREATE_PROFILE, "acct_0000000000000000", actor)
    assert sorted(noted) == sorted(tuple(own_writes._keys(it)) for it in (ACTOR, OTHER))


def test_a_write_is_noted_although_one_like_it_was_rolled_back(
    state, db, monkeypatch, django_capture_on_commit_callbacks
):
    noted = []
    monkeypatch.setattr(row_cache, "leave", lambda keys, seconds: noted.append(keys) or True)
    with django_capture_on_commit_callbacks(execute=True):
        with transaction.atomic():
            record(Action.CREATE_PROFILE, "acct_0000000000000000", ACTOR)
            transaction.set_rollback(True)
        record(Action.CREATE_PROFILE, "acct_0000000000000000", ACTOR)
    assert noted == [tuple(own_writes._keys(ACTOR))]


def test_own_write_counts_also_where_the_replica_comes_back_meanwhile(state, closed, monkeypatch):
    monkeypatch.setattr(row_cache, "look_up", lambda *keys: dict.fromkeys(keys, 1))
    state.leave_out("it is gone")
    reader = reader_of(ACTOR)
    state.learn(state.clock(), Answers("1", 1, "1", 1, is_standby=True, server=SERVER))
    assert state.is_usable
    assert reader(read_alias) == "default"


def test_nobody_knows_who_has_written_without_the_cache(state, closed, monkeypatch):
    monkeypatch.setattr(row_cache, "look_up", lambda *keys: None)
    assert reader_of(ACTOR).reason == OWN_WRITE


def test_write_that_could_not_be_noted(state, closed, db, monkeypatch, django_capture_on_commit_callbacks):
    with monkeypatch.context() as patch, django_capture_on_commit_callbacks(execute=True):
        patch.setattr(row_cache, "leave", lambda keys, seconds: False)
        record(Action.CREATE_PROFILE, "acct_0000000000000000", ACTOR)
    row_cache.forget()
    assert reader_of(OTHER).reason == OWN_WRITE


# Lists


@pytest.fixture
def readers(state, monkeypatch) -> list[Reader]:
    """Note which readers are used, and read at the primary."""
    noted: list[Reader] = []

    def call(reader: Reader, function: Callable[[], object]) -> object:
        noted.append(reader)
        return function()

    monkeypatch.setattr(Reader, "__call__", call)
    return noted


@pytest.mark.parametrize("path", ["accounts", "accounts-count", "sessions", "events", "events-count", "reset-codes"])
def test_lists_of_administrators_have_a_reader(readers, administrator: ApiClient, path):
    assert administrator.get(f"administrator/{path}").status_code == 200
    assert readers == [Reader()]


def test_streams_of_administrators_have_a_reader(readers, administrator: ApiClient):
    AccountFactory.create_batch(100)
    response = administrator.get("administrator/accounts", all="true")
    assert len(response.json()) == 101
    assert readers == [Reader(), Reader()]


@pytest.mark.parametrize("path", ["sessions", "profiles", "reset-codes"])
def test_own_lists_are_read_from_the_primary(readers, user: ApiClient, path):
    accountid = user.session.account_id
    assert user.get(f"user/{path}", accountid=accountid).status_code == 200
    assert user.get(f"user/{path}-count", accountid=accountid).status_code == 200
    assert {reader.reason for reader in readers} <= {OWN_LIST}


def test_one_row_is_read_from_the_primary(readers, administrator: ApiClient):
    administrator.get("administrator/account", accountid=administrator.session.account_id)
    assert readers == []


def test_page_of_the_site_that_is_read_again_is_the_same(state, db, monkeypatch):
    def twice(reader: Reader, function: Callable[[], object]) -> object:
        function()
        return function()

    sessions = SessionFactory.create_batch(30)
    browser = Browser(SessionFactory(account=AccountFactory(administrator=True)))
    position = Position.of(sorted(sessions, key=lambda it: (it.created_at, it.pk))[5], "created_at")
    expected = browser.get("sessions_app/session/", after=str(position)).context["cl"].result_list
    monkeypatch.setattr(Reader, "__call__", twice)
    assert browser.get("sessions_app/session/", after=str(position)).context["cl"].result_list == expected
    assert len(expected) == 5


def test_lists_of_the_site_have_a_reader(readers, db):
    browser = Browser(SessionFactory(account=AccountFactory(administrator=True)))
    assert browser.get("accounts/account/").status_code == 200
    assert readers == [Reader()]
