"""What is in an entry, and which entries are believed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from redis.exceptions import TimeoutError as RedisTimeoutError

from accounts.models import Account, Profile
from dashboard.cache import rows as cache
from dashboard.cache.redis.serializer import MessagePackSerializer
from dashboard.cache.rows import row_cache
from dashboard.db.instances import cacheable_columns
from resetcodes.models import ResetCode
from second_factors.models import SecondFactor
from tests.cache.conftest import Clock

KEY = "profile:dashboard:prof_0123456789abcdef"
SERIALIZER = MessagePackSerializer({})

Add = Callable[[], bool]


class Store(dict[str, bytes]):
    """A store that keeps what the real serializer makes of its values."""

    def get_many(self, keys: tuple[str, ...]) -> dict[str, Any]:
        return {key: SERIALIZER.loads(self[key]) for key in keys if key in self}

    def add(self, key: str, value: Any, timeout: float) -> bool:
        self[key] = SERIALIZER.dumps(value)
        return True

    def set_many(self, values: dict[str, Any], timeout: float) -> None:
        self.update({key: SERIALIZER.dumps(value) for key, value in values.items()})


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(row_cache, "store", store)
    row_cache.breaker.reset()
    return store


def profile() -> Profile:
    return Profile(
        profileid=KEY[-21:],
        account_id="acct_0123456789abcdef",
        full_name="Ünïcode 🙂",
        dob=date(1960, 1, 10),
        created_at=datetime(2026, 11, 21, 1, 33, 31, 619123, tzinfo=UTC),
    )


def test_a_row_is_found_as_it_was_put_in(store: Store) -> None:
    row_cache.fetch(KEY).populate({KEY: profile()})
    found = row_cache.fetch(KEY).row(Profile, KEY)
    assert found
    assert found.as_json() == profile().as_json() | {"updatedAt": found.as_json()["updatedAt"]}
    assert found.created_at == profile().created_at


@pytest.mark.parametrize("garbage", [b"\x00", b"\xc1garbage", b"hello", b"", b"\x93\x01\x02\x03", b"\xc0", b"\xff" * 9])
def test_what_nobody_put_in_is_not_there(store: Store, garbage: bytes) -> None:
    store[KEY] = garbage
    assert row_cache.fetch(KEY).row(Profile, KEY) is None


def test_an_entry_of_other_columns_is_not_believed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    row_cache.fetch(KEY).populate({KEY: profile()})
    monkeypatch.setattr(
        cache, "cacheable_columns", lambda model: (cacheable_columns(model)[0] + 1, cacheable_columns(model)[1])
    )
    assert row_cache.fetch(KEY).row(Profile, KEY) is None


@pytest.mark.parametrize(("seconds", "believed"), [(0, True), (59, True), (61, False), (-61, False)])
def test_an_entry_is_believed_for_a_minute(
    store: Store, monkeypatch: pytest.MonkeyPatch, seconds: int, believed: bool
) -> None:
    snapshot = row_cache.fetch(KEY)
    object.__setattr__(snapshot, "noted_at", snapshot.noted_at - seconds)
    snapshot.populate({KEY: profile()})
    assert (row_cache.fetch(KEY).row(Profile, KEY) is not None) is believed


@pytest.mark.parametrize(
    ("model", "secrets"),
    [
        (Account, {"password", "username_hash"}),
        (ResetCode, {"secret_code_hash"}),
        (SecondFactor, {"encrypted_secret", "credential_id", "public_key", "registration"}),
    ],
)
def test_hashes_of_names_passwords_and_codes_are_never_cached(model: Any, secrets: set[str]) -> None:
    assert not secrets & set(cacheable_columns(model)[1])


@pytest.mark.parametrize("seconds", [0, cache.DIRTY_SECONDS / 2])
def test_a_row_that_was_read_in_time_is_put_in(store: Store, clock: Clock, seconds: float) -> None:
    snapshot = row_cache.fetch(KEY)
    clock.now += seconds
    snapshot.populate({KEY: profile()})
    assert row_cache.fetch(KEY).row(Profile, KEY)


def test_a_row_that_was_read_too_long_ago_is_not_put_in(store: Store, clock: Clock) -> None:
    snapshot = row_cache.fetch(KEY)
    clock.now += cache.DIRTY_SECONDS / 2 + 0.01
    snapshot.populate({KEY: profile()})
    assert store == {}


def is_added(add: Add) -> bool:
    return add()


def is_there_already(add: Add) -> bool:
    return False


def is_added_but_nobody_hears_of_it(add: Add) -> bool:
    add()
    raise RedisTimeoutError


@pytest.mark.parametrize("outcome", [is_added, is_there_already, is_added_but_nobody_hears_of_it])
def test_a_row_that_came_too_late_is_taken_back(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, outcome: Callable[[Add], bool]
) -> None:
    snapshot, add = row_cache.fetch(KEY), store.add

    def add_slowly(*given: Any) -> bool:
        clock.now += cache.DIRTY_SECONDS / 2 + 0.01
        return outcome(lambda: add(*given))

    monkeypatch.setattr(store, "add", add_slowly)
    snapshot.populate({KEY: profile()})
    assert store.get_many((KEY,)) == {KEY: cache.DIRTY}


def test_rows_that_came_too_late_are_all_taken_back(
    store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    other, add = f"{KEY}0", store.add
    snapshot = row_cache.fetch(KEY, other)

    def add_slowly(*given: Any) -> bool:
        clock.now += cache.DIRTY_SECONDS / 3
        return add(*given)

    monkeypatch.setattr(store, "add", add_slowly)
    snapshot.populate({KEY: profile(), other: profile()})
    assert store.get_many((KEY, other)) == {KEY: cache.DIRTY, other: cache.DIRTY}


def test_of_rows_that_are_read_together_those_are_added_that_were_missing(store: Store) -> None:
    other = f"{KEY}0"
    row_cache.fetch(KEY).populate({KEY: profile()})
    before = store.get_many((KEY,))
    row_cache.fetch(KEY, other).populate({KEY: profile(), other: profile()})
    assert row_cache.fetch(other).row(Profile, other)
    assert store.get_many((KEY,)) == before
