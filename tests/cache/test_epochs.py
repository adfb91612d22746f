"""Epochs: the table in the database, what a process knows of it, and which server Redis is."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from dashboard.cache import epochs, keeper
from dashboard.cache.epoch_table import FOLDED, KEPT, EpochTable
from dashboard.cache.epochs import GRACE_SECONDS, LEASE_SECONDS, Epochs
from dashboard.cache.keeper import IDLE_SECONDS, Keeper
from dashboard.cache.redis.identity import REPLICA, UNKNOWN, store_of
from dashboard.cache.rows import row_cache
from dashboard.models import CacheEpoch
from tests.cache.conftest import Clock

needs_redis = pytest.mark.skipif(settings.REDIS_URL is None, reason="needs REDIS_URL")

SERVER = b"redis_version:7.0.15\r\nrun_id:%b\r\ntcp_port:6379\r\n"
REPLICATION = b"# Replication\r\nrole:%b\r\nconnected_slaves:0\r\nmaster_replid:%b\r\n"


@pytest.fixture
def table(db: None) -> EpochTable:
    return EpochTable()


def test_the_epoch_rises_with_every_reason(table: EpochTable) -> None:
    told = [table.read().epoch]
    for begin in (table.bump, lambda: table.claim("a"), lambda: table.suspend(60), table.resume, table.bump):
        begin()
        told.append(table.read().epoch)
    assert told == sorted(set(told))
    assert told[0] == 0


def test_a_server_is_claimed_once(table: EpochTable) -> None:
    table.claim("a")
    first = table.read()
    table.claim("a")
    assert table.read() == first
    table.claim("b")
    assert table.read().store == "b"
    assert table.read().epoch > first.epoch


def test_a_suspension_ends_by_itself_and_by_its_process(table: EpochTable) -> None:
    another = EpochTable()
    table.suspend(60)
    another.suspend(-1)
    assert table.read().suspended
    table.resume()
    assert not table.read().suspended


def test_what_is_rolled_back_does_not_end_the_epoch(table: EpochTable) -> None:
    table.bump()
    before = table.read()
    with transaction.atomic():
        table.bump()
        transaction.set_rollback(True)
    assert table.read() == before


def test_writers_of_long_ago_are_added_up(table: EpochTable) -> None:
    for _ in range(3):
        EpochTable().bump()
    table.suspend(60)
    CacheEpoch.objects.update(changed_at=timezone.now() - 2 * KEPT)
    before = table.read().epoch
    table.claim("a")
    assert set(CacheEpoch.objects.values_list("pk", flat=True)) == {"store", FOLDED, table._process_name()}
    claimed = CacheEpoch.objects.get(pk="store").number
    assert table.read().epoch == before + claimed


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_transactions_that_end_an_epoch_do_not_wait_for_each_other() -> None:
    """Nor does the epoch depend on the order of their commits."""
    table, may_commit, has_bumped = EpochTable(), Event(), Event()

    def bump_slowly() -> None:
        with transaction.atomic():
            table.bump()
            has_bumped.set()
            may_commit.wait(30)
        connection.close()

    slow = Thread(target=bump_slowly)
    slow.start()
    assert has_bumped.wait(30)
    table.bump()
    before = table.read().epoch
    may_commit.set()
    slow.join()
    assert table.read().epoch > before


class Silent(EpochTable):
    """A database that can be silent."""

    is_silent = False

    def read(self) -> Any:
        if self.is_silent:
            raise OperationalError
        return super().read()


class NoRedis:
    def ask_store(self) -> str:
        raise OSError

    def reconnect(self) -> None:
        pass


@pytest.fixture
def known(db: None, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Epochs:
    monkeypatch.setattr(epochs, "time", clock)
    table = Silent()
    table.claim("a")
    known = Epochs(NoRedis(), table)
    assert known.lease()
    return known


def test_a_lease_is_renewed_when_it_has_run_out(known: Epochs, clock: Clock) -> None:
    first = known.lease()
    clock.now += LEASE_SECONDS
    assert known.lease() is first
    clock.now += 0.01
    renewed = known.lease()
    assert renewed
    assert renewed.read_at == clock.now


def test_a_process_with_a_thread_for_it_does_not_wait_for_the_lease(known: Epochs, clock: Clock) -> None:
    known.is_kept = True
    clock.now += LEASE_SECONDS + 0.01
    assert known.lease() is None
    assert known.wanted.is_set()
    assert known.lease(wait=True)


def test_while_the_database_is_silent_the_lease_is_believed_for_a_minute(known: Epochs, clock: Clock) -> None:
    known.table.is_silent = True  # type: ignore[attr-defined]
    clock.now += LEASE_SECONDS
    assert known.renew()
    clock.now += GRACE_SECONDS - LEASE_SECONDS
    assert known.lease()
    clock.now += 0.01
    assert known.lease() is None


def test_a_lease_from_before_a_pause_is_not_believed_when_the_database_is_silent_after_it(
    known: Epochs, clock: Clock
) -> None:
    """Others may have ended the epoch in the pause, in which this process did not ask."""
    known.table.is_silent = True  # type: ignore[attr-defined]
    clock.now += LEASE_SECONDS + 0.01
    assert known.renew() is None
    assert known.lease() is None


def test_whoever_finds_the_database_silent_wakes_the_thread(known: Epochs) -> None:
    """It may be idle, and a later request would believe the lease without waking it."""
    known.is_kept = True
    known.table.is_silent = True  # type: ignore[attr-defined]
    assert known.renew()
    assert known.wanted.is_set()
    known.wanted.clear()
    assert known.renew()
    assert not known.wanted.is_set()  # once: it waits between its own questions


def test_a_lease_that_is_dropped_while_a_request_looks_at_it_is_not_believed(known: Epochs, clock: Clock) -> None:
    lease = known.lease()
    assert lease
    clock.now += LEASE_SECONDS + 0.01
    known.table.is_silent = True  # type: ignore[attr-defined]
    assert known.renew() is None
    assert not known._is_valid(lease)


def test_the_thread_goes_on_asking_a_silent_database_though_nobody_needs_the_lease(
    known: Epochs, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "time", clock)
    thread = Keeper(known)
    clock.now += IDLE_SECONDS + 0.01
    assert thread._is_idle()
    known.lease(wait=True)
    known.table.is_silent = True  # type: ignore[attr-defined]
    assert known.renew()
    clock.now += IDLE_SECONDS + 0.01
    assert not thread._is_idle()
    known.table.is_silent = False  # type: ignore[attr-defined]
    assert known.renew()
    assert thread._is_idle()


def let_pass(known: Epochs, clock: Clock, seconds: float) -> list[bool]:
    """Let so many seconds pass after the last answer. Return where it is noted whether there is a lease."""
    known.is_kept = True  # otherwise `lease` would ask
    clock.now += seconds
    return []


@pytest.mark.parametrize(("before", "believed"), [(LEASE_SECONDS, True), (LEASE_SECONDS + 0.01, False)])
def test_while_the_database_is_asked_a_lease_is_believed_that_was_valid_before(
    known: Epochs, clock: Clock, before: float, believed: bool
) -> None:
    noted = let_pass(known, clock, before)

    def read() -> Any:
        noted.append(known.lease() is not None)
        clock.now += 5
        noted.append(known.lease() is not None)
        raise OperationalError

    known.table.read = read  # type: ignore[method-assign]
    known.renew()
    assert noted == [believed, believed]


def test_while_redis_is_asked_no_lease_is_believed_any_longer(known: Epochs, clock: Clock) -> None:
    noted = let_pass(known, clock, 0.4)

    class Slow(NoRedis):
        def ask_store(self) -> str:
            noted.append(known.lease() is not None)
            clock.now += LEASE_SECONDS
            noted.append(known.lease() is not None)
            raise OSError

    known.store = Slow()
    known.renew()
    assert noted == [True, False]


@pytest.mark.parametrize("is_claimed", [True, False])
def test_while_a_claim_waits_for_others_no_lease_is_believed_any_longer(
    known: Epochs, clock: Clock, monkeypatch: pytest.MonkeyPatch, is_claimed: bool
) -> None:
    monkeypatch.setattr(epochs, "connection", SimpleNamespace(in_atomic_block=False))
    noted, claim = let_pass(known, clock, 0.4), known.table.claim

    def claim_slowly(store: str) -> None:
        noted.append(known.lease() is not None)
        clock.now += LEASE_SECONDS
        noted.append(known.lease() is not None)
        if not is_claimed:
            raise OperationalError  # the time for the lock is over
        claim(store)

    known.store = Redis()
    known.table.claim = claim_slowly  # type: ignore[method-assign]
    renewed = known.renew()
    assert noted == [True, False]
    assert (renewed is not None) is is_claimed
    known.table.is_silent = True  # type: ignore[attr-defined]
    known.renew()
    assert (known.lease() is not None) is is_claimed  # never one from before the database has answered


def test_nothing_is_believed_during_a_suspension(known: Epochs, clock: Clock) -> None:
    EpochTable().suspend(60)
    clock.now += LEASE_SECONDS + 0.01
    assert known.lease() is None
    assert known.lease(wait=True)  # whoever marks wants to know the server


def test_an_answer_waits_until_nobody_believes_the_old_entry(
    known: Epochs, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        clock.now += seconds

    monkeypatch.setattr(clock, "sleep", sleep, raising=False)
    before = known.table.read().epoch
    known.settle(is_bumped=False)
    assert slept == [LEASE_SECONDS]
    assert known.table.read().suspended
    assert known.table.read().epoch > before
    known.settle(is_bumped=False)  # nobody uses the cache any more
    assert slept == [LEASE_SECONDS]
    assert known.is_covered()


class Redis(NoRedis):
    """A server that nobody has claimed yet."""

    def ask_store(self) -> str:
        return "b"

    def get_many(self, keys: Any) -> dict[str, Any]:
        return {}

    def add_many(self, *arguments: Any) -> bool:
        return True


@pytest.mark.django_db(transaction=True)
def test_marks_that_nobody_looked_at_end_the_epoch_also_if_a_transaction_notices_them() -> None:
    known = Epochs(Redis())
    lease = known.renew()
    assert lease
    assert known.note_mark(lease, "b")
    known.table.claim("c")  # by another process
    with transaction.atomic():
        assert known.renew()
    known.store = NoRedis()
    claimed = known.table.read()
    renewed = known.renew()
    assert renewed
    assert renewed.epoch > claimed.epoch


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_thread_leaves_a_server_that_has_become_a_standby() -> None:
    known = Epochs(Redis())
    with connection.cursor() as cursor:
        cursor.execute("SET default_transaction_read_only = on")
    assert known.renew() is None
    renewed = known.renew()
    assert renewed
    assert renewed.store == "b"


@pytest.mark.parametrize("marked_in", ["b", "c"])
def test_a_change_that_was_marked_in_an_unclaimed_server_claims_it(
    known: Epochs, clock: Clock, monkeypatch: pytest.MonkeyPatch, marked_in: str
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(clock, "sleep", slept.append, raising=False)
    monkeypatch.setattr(epochs, "connection", SimpleNamespace(in_atomic_block=False))
    known.store = Redis()
    lease = known.lease(wait=True)
    assert lease
    assert not known.note_mark(lease, marked_in)
    known.settle(is_bumped=True)
    assert slept == [LEASE_SECONDS]  # for those who believe entries of the other server
    is_claimed = marked_in == "b"  # not the server that has taken the marks, otherwise
    assert known.table.read().suspended is not is_claimed
    renewed = known.lease(wait=True)
    assert renewed
    assert renewed.store == "b"
    assert known.note_mark(renewed, "b")


@pytest.mark.parametrize(
    ("server", "replication", "expected"),
    [
        (SERVER % b"a1", REPLICATION % (b"master", b"b2"), "a1:b2"),
        ((SERVER % b"a1").decode(), (REPLICATION % (b"master", b"b2")).decode(), "a1:b2"),
        (SERVER % b"a1", REPLICATION % (b"slave", b"b2"), REPLICA),
        (b"", b"", UNKNOWN),
    ],
)
def test_a_server_is_known_by_its_run_and_its_data(server: Any, replication: Any, expected: str) -> None:
    assert store_of(server, replication) == expected


@contextmanager
def entry(key: str, value: Any) -> Iterator[Any]:
    client: Any = row_cache.store.client  # type: ignore[attr-defined]
    client.set_many({key: value}, 60)
    yield client
    client.delete(key)


@needs_redis
def test_a_value_is_replaced_unless_it_has_changed() -> None:
    with entry("replaced", b"one") as client:
        assert not client.replace("replaced", b"two", b"three", 60)
        assert client.replace("replaced", b"one", b"three", 60)
        assert client.get_many(("replaced",)) == {"replaced": b"three"}
        assert 0 < client.ttl("replaced") <= 60
        assert client.replace("replaced", b"three", 4, 0)
        assert client.ttl("replaced") is None


@needs_redis
def test_connections_to_one_server_have_the_same_store() -> None:
    client: Any = row_cache.store.client  # type: ignore[attr-defined]
    client.get_many(("any",))
    assert ":" in client.store()
    assert client.ask_store() == client.store()


@needs_redis
@pytest.mark.django_db(transaction=True)
def test_a_process_gives_redis_the_epoch_and_notices_when_it_is_gone() -> None:
    client: Any = row_cache.store.client  # type: ignore[attr-defined]
    known = Epochs(client)
    lease = known.lease()
    assert lease
    assert client.get_many((known.key,)) == {known.key: lease.epoch}
    assert known.agrees(lease, lease.epoch, client.store())
    client.delete(known.key)
    assert not known.agrees(lease, None, client.store())
    renewed = known.lease()
    assert renewed
    assert renewed.epoch > lease.epoch
    assert client.get_many((known.key,)) == {known.key: renewed.epoch}
