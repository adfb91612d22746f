"""A store that fails: it is left alone for a while, one caller at a time tries it again, and marks are tried always."""

from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from accounts.models import Account
from dashboard.cache.breaker import OPEN_SECONDS
from dashboard.cache.epochs import FixedEpoch
from dashboard.cache.rows import row_cache
from tests.cache.conftest import Clock

KEY = "account:dashboard:acct_0123456789abcdef"


class Store:
    """Answers, or fails; counts what it is asked."""

    def __init__(self) -> None:
        self.fault: Exception | None = None
        self.lookups = self.fills = self.marks = 0
        self.marked: set[str] = set()
        self.meanwhile: Callable[[], Any] = lambda: None

    def get_many(self, keys: tuple[str, ...]) -> dict[str, Any]:
        self.lookups += 1
        self.meanwhile()
        return self._answer({})

    def add(self, key: str, value: Any, timeout: float) -> bool:
        self.fills += 1
        return bool(self._answer(True))

    def set_many(self, values: dict[str, Any], timeout: float) -> None:
        self.marks += 1
        self._answer(None)
        self.marked.update(values)

    def _answer(self, answer: Any) -> Any:
        if self.fault:
            raise self.fault
        return answer


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(row_cache, "store", store)
    row_cache.breaker.reset()
    return store


@pytest.fixture
def failed(store: Store, clock: Clock) -> Store:
    """A store that has failed a moment ago."""
    store.fault = RedisConnectionError()
    row_cache.fetch(KEY)
    assert store.lookups == 1
    return store


@pytest.mark.parametrize("fault", [RedisConnectionError, RedisTimeoutError, ConnectionResetError, TimeoutError])
def test_what_fails_is_a_miss(store: Store, clock: Clock, fault: type[Exception]) -> None:
    store.fault = fault()
    snapshot = row_cache.fetch(KEY)
    assert snapshot.row(Account, KEY) is None


def test_a_fault_of_the_program_is_not_hidden(store: Store, clock: Clock) -> None:
    store.fault = ValueError("wrong")
    with pytest.raises(ValueError, match="wrong"):
        row_cache.fetch(KEY)


def test_a_store_that_has_failed_is_left_alone(failed: Store, clock: Clock) -> None:
    clock.now += OPEN_SECONDS - 0.01
    row_cache.fetch(KEY).populate({KEY: Account()})
    assert (failed.lookups, failed.fills) == (1, 0)


def test_a_store_that_fails_again_is_left_alone_again(failed: Store, clock: Clock) -> None:
    clock.now += OPEN_SECONDS
    row_cache.fetch(KEY)
    clock.now += OPEN_SECONDS - 0.01
    row_cache.fetch(KEY)
    assert failed.lookups == 2


def test_one_caller_tries_again_and_others_do_not_wait_with_it(failed: Store, clock: Clock) -> None:
    def others_ask() -> None:
        failed.meanwhile = lambda: None
        row_cache.fetch(KEY)

    clock.now += OPEN_SECONDS
    failed.meanwhile = others_ask
    row_cache.fetch(KEY)
    assert failed.lookups == 2


def test_a_store_that_answers_again_is_used_again(failed: Store, clock: Clock) -> None:
    failed.fault = None
    clock.now += OPEN_SECONDS
    row_cache.fetch(KEY).populate({KEY: Account()})
    row_cache.fetch(KEY)
    assert (failed.lookups, failed.fills) == (3, 1)


def test_marks_are_tried_while_the_store_is_left_alone(
    failed: Store, clock: Clock, caplog: pytest.LogCaptureFixture, db: None
) -> None:
    row_cache.mark_dirty(KEY)
    assert failed.marks == 1
    assert "Not marked in the cache: 1 changed rows." in caplog.text


def test_a_mark_that_fails_keeps_lookups_away(store: Store, clock: Clock, db: None) -> None:
    store.fault = RedisTimeoutError()
    row_cache.mark_dirty(KEY)
    row_cache.fetch(KEY)
    assert store.lookups == 0


class WithKey(FixedEpoch):
    key = "epoch"


@pytest.mark.parametrize("fails", ["get_many", "store"])
def test_look_up_without_an_answer_is_a_miss_although_others_are_answered(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    def fail(*_: Any) -> Any:
        raise RedisTimeoutError

    client = SimpleNamespace(store=fail)  # of a thread that has no connection yet, and cannot make one
    monkeypatch.setattr(store, "client", client, raising=False)
    if fails == "get_many":
        monkeypatch.setattr(store, fails, fail)
    monkeypatch.setattr(row_cache, "epochs", WithKey())
    monkeypatch.setattr(row_cache.breaker, "trip", row_cache.breaker.reset)  # by the answer to another thread
    snapshot = row_cache.fetch(KEY)
    assert snapshot.row(Account, KEY) is None
    assert snapshot.epoch is None


class Noting(FixedEpoch):
    """Notes what is told of changes that could not be marked."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note_unmarked(self) -> None:
        self.told.append("unmarked")

    def settle(self, *, is_bumped: bool) -> None:
        self.told.append(f"settle, {'bumped' if is_bumped else 'not bumped'}")

    def note_uncertain_entry(self) -> None:
        self.told.append("uncertain entry")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    noting = Noting()
    monkeypatch.setattr(row_cache, "epochs", noting)
    return noting.told


MARKS, FAILS = None, RedisTimeoutError()


@pytest.mark.parametrize(
    ("outcomes", "expected"),  # of the marks before and after the commit
    [
        ((MARKS, MARKS), []),
        ((FAILS, MARKS), ["unmarked", "settle, bumped"]),
        ((FAILS, FAILS), ["unmarked", "settle, bumped"]),
        ((MARKS, FAILS), ["settle, not bumped"]),
    ],
)
@pytest.mark.usefixtures("clock", "db")
def test_a_change_that_cannot_be_marked_ends_the_epoch(
    store: Store, told: list[str], django_capture_on_commit_callbacks: Any, outcomes: Any, expected: list[str]
) -> None:
    store.fault, after = outcomes
    with django_capture_on_commit_callbacks() as after_commit:
        row_cache.mark_dirty(KEY)
    store.fault = after
    after_commit[0]()
    assert told == expected


def test_an_entry_that_may_have_been_added_ends_the_epoch(store: Store, clock: Clock, told: list[str]) -> None:
    snapshot = row_cache.fetch(KEY)
    store.fault = RedisTimeoutError()
    snapshot.populate({KEY: Account()})
    assert told == ["uncertain entry"]


def test_an_unexpected_fault_of_the_marks_after_a_commit_ends_the_epoch(
    store: Store, clock: Clock, told: list[str], db: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as after_commit:
        row_cache.mark_dirty(KEY)
        row_cache.mark_dirty("session:other")
    store.fault = AttributeError("unexpected")
    for callback in after_commit:
        callback()
    assert told == ["settle, not bumped"]


def test_a_transaction_marks_all_its_rows_again_at_once(
    store: Store, clock: Clock, told: list[str], db: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as after_commit:
        row_cache.mark_dirty(KEY)
        row_cache.mark_dirty("session:other", KEY)
    store.marked.clear()
    (callback,) = after_commit
    callback()
    assert store.marked == {KEY, "session:other"}
    assert told == []


def test_what_a_savepoint_takes_back_takes_nothing_else_with_it(
    store: Store, clock: Clock, told: list[str], db: None, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as after_commit:
        with suppress(LookupError), transaction.atomic():
            row_cache.mark_dirty("session:taken-back")
            raise LookupError
        row_cache.mark_dirty(KEY)
        with suppress(LookupError), transaction.atomic():
            row_cache.mark_dirty("session:taken-back")
            raise LookupError
        with transaction.atomic():
            row_cache.mark_dirty("session:kept")
        row_cache.mark_dirty("session:last")
    store.marked.clear()
    for callback in after_commit:
        callback()
    assert store.marked == {KEY, "session:kept", "session:last"}
