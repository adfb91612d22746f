"""Entries of the cache are authentic, or they are misses."""

import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Account
from dashboard.cache.redis.serializer import MessagePackSerializer
from dashboard.cache.rows import SECONDS_BETWEEN_WARNINGS, row_cache
from dashboard.cache.seals import MAC_BYTES, ForgedEntryError, seal, unseal
from dashboard.observability.metrics import get_metrics
from tests.cache.conftest import Clock

KEY, OTHER = "account:dashboard:acct_0123456789abcdef", "account:dashboard:acct_fedcba9876543210"
ENTRY = [1234, 1_000.5, "acct_0123456789abcdef", None, True]


def is_forged(key: str, value: Any) -> bool:
    try:
        unseal(key, value)
    except ForgedEntryError:
        return True
    return False


def test_sealed_entry_is_read_under_its_key() -> None:
    assert unseal(KEY, seal(KEY, ENTRY)) == ENTRY


def test_mark_is_no_entry() -> None:
    assert unseal(KEY, 0) is None


def test_entry_of_another_key_is_forged() -> None:
    assert is_forged(OTHER, seal(KEY, ENTRY))


def test_part_of_a_key_does_not_count_as_content() -> None:
    """Or else an entry could be moved to a shorter key, with the rest of the key before its content."""
    sealed = seal(KEY, ENTRY)
    moved = sealed[:MAC_BYTES] + KEY[-1:].encode() + sealed[MAC_BYTES:]
    assert is_forged(KEY[:-1], moved)


@given(place=st.integers(min_value=0), bit=st.integers(0, 7))
def test_every_changed_bit_is_noticed(place: int, bit: int) -> None:
    changed = bytearray(seal(KEY, ENTRY))
    changed[place % len(changed)] ^= 1 << bit
    assert is_forged(KEY, bytes(changed))


@given(st.one_of(st.binary(), st.none(), st.text(), st.lists(st.integers()), st.integers(min_value=1)))
def test_made_up_value_is_forged(value: Any) -> None:
    assert is_forged(KEY, value)


def test_entry_of_an_older_release_is_forged() -> None:
    assert is_forged(KEY, ENTRY)


def test_entry_made_with_another_secret_key_is_forged(settings: Any) -> None:
    sealed = seal(KEY, ENTRY)
    settings.SECRET_KEY = "another secret"
    assert is_forged(KEY, sealed)
    assert not is_forged(KEY, seal(KEY, ENTRY))


def test_older_release_takes_a_sealed_entry_for_a_miss() -> None:
    """Its entries are lists; while it still serves, it finds the sealed ones, which are bytes."""
    serializer = MessagePackSerializer({})
    assert not isinstance(serializer.loads(serializer.dumps(seal(KEY, ENTRY))), list)


# What the cache makes of them


class Store(dict[str, Any]):
    def get_many(self, keys: tuple[str, ...]) -> dict[str, Any]:
        return {key: self[key] for key in keys if key in self}

    def add(self, key: str, value: Any, timeout: float) -> bool:
        return self.setdefault(key, value) is value

    def set_many(self, values: dict[str, Any], timeout: float) -> None:
        self.update(values)


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(row_cache, "store", store)
    row_cache.forget()
    return store


def look() -> Account | None:
    return row_cache.fetch(KEY).row(Account, KEY)


def test_forged_entry_is_a_miss_counted_and_logged_once_a_minute(
    store: Store, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    store[KEY] = ENTRY
    before = get_metrics().cache_forged_entries._value.get()
    assert [look() for _ in range(3)] == [None] * 3
    assert get_metrics().cache_forged_entries._value.get() == before + 3
    assert [(it.levelno, "account" in it.getMessage()) for it in caplog.records] == [(logging.ERROR, True)]
    assert KEY[-21:] not in caplog.text
    clock.now += SECONDS_BETWEEN_WARNINGS
    look()
    assert len(caplog.records) == 2


def test_forged_entry_is_not_replaced_but_marked_as_any_other(store: Store) -> None:
    """To delete it could delete the mark of a change that happened meanwhile."""
    store[KEY] = ENTRY
    row_cache.fetch(KEY).populate({KEY: Account(accountid=KEY[-21:])})
    assert store[KEY] == ENTRY
    row_cache.mark((KEY,))
    assert store[KEY] == 0


def test_row_that_was_added_is_found_again(store: Store) -> None:
    row_cache.fetch(KEY).populate({KEY: Account(accountid=KEY[-21:], session_key_number=7)})
    found = look()
    assert found
    assert found.session_key_number == 7
