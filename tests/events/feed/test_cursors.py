"""Cursors on a model of PostgreSQL: every order of the steps of writers and of a reader, and cursors as text.

The steps are those that matter: a writer gets its transaction's number, waits for the lock of an account, writes an
event under it, and commits; a reader takes a snapshot and reads a page. Numbers may be given long before the lock.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.services.feed_cursors import Cursor, MalformedCursorError, Snapshot

WRITERS = 3
PAGE = 1


@dataclass
class Database:
    """Transaction numbers, the lock of an account, events, and the order in which they were committed."""

    next_number: int = 1
    next_id: int = 1
    running: set[int] = field(default_factory=set)
    lock: dict[str, int] = field(default_factory=dict)
    events: list[tuple[int, int, str]] = field(default_factory=list)  # id, transaction, account
    committed: list[tuple[int, str]] = field(default_factory=list)

    def snapshot(self) -> Snapshot:
        return Snapshot(self.next_number, tuple(sorted(self.running)))

    def visible(self) -> list[tuple[int, int, str]]:
        return [event for event in self.events if event[1] not in self.running]


def selects(cursor: Cursor, event: tuple[int, int, str]) -> bool:
    """What `Cursor.undelivered` asks of the database."""
    pk, transaction, _ = event
    is_in_base = cursor.base is not None and cursor.base.sees(transaction)
    return pk > cursor.last and not is_in_base and (cursor.target is None or cursor.target.sees(transaction))


def writer(database: Database, account: str) -> Iterator[bool]:
    """Yield after each step: whether it was done, or has to wait."""
    number = database.next_number
    database.next_number += 1
    database.running.add(number)
    yield True
    while account in database.lock:
        yield False
    database.lock[account] = number
    database.events.append((database.next_id, number, account))
    database.committed.append((database.next_id, account))
    database.next_id += 1
    yield True
    database.running.discard(number)
    del database.lock[account]
    yield True


class Reader:
    def __init__(self, cursor: Cursor) -> None:
        self.cursor, self.got = cursor, []

    def read(self, database: Database) -> None:
        """As `feed.read` does, PAGE events at a time."""
        begun = self.cursor if self.cursor.target else self.cursor.towards(database.snapshot())
        found = sorted(event for event in database.visible() if selects(begun, event))
        self.got += found[:PAGE]
        more = len(found) > PAGE
        self.cursor = begun.through(found[PAGE - 1][0]) if more else begun.finished()


def run(order: list[int], accounts: str) -> tuple[Database, Reader]:
    database = Database()
    reader = Reader(Cursor("", database.snapshot()))
    writers = [writer(database, account) for account in accounts]
    for turn in order:
        if turn == len(writers):
            reader.read(database)
        else:
            next(writers[turn], None)
    for _ in range(WRITERS):
        for one in writers:
            for _ in range(3):
                next(one, None)
    for _ in range(2 * WRITERS + 2):
        reader.read(database)
    return database, reader


def orders(steps: list[int]) -> Iterator[list[int]]:
    """Every order of so many steps of each."""
    if not any(steps):
        yield []
    for turn, left in enumerate(steps):
        if left:
            rest = [*steps[:turn], left - 1, *steps[turn + 1 :]]
            for tail in orders(rest):
                yield [turn, *tail]


def judge(database: Database, reader: Reader) -> None:
    assert sorted(reader.got) == sorted(database.events), "skipped, or twice"
    for account in {event[2] for event in database.events}:
        read = [pk for pk, _, of in reader.got if of == account]
        assert read == [pk for pk, of in database.committed if of == account], "not in the order of commits"


@pytest.mark.parametrize("accounts", ["aa", "ab"])
def test_every_order_of_two_writers_and_a_reader(accounts):
    tried = 0
    for order in orders([3, 3, 4]):
        judge(*run(order, accounts))
        tried += 1
    assert tried == 4200


@pytest.mark.exhaustive
@pytest.mark.parametrize("accounts", ["aaa", "aab"])
def test_every_order_of_three_writers_and_a_reader(accounts):
    for order in orders([3, 3, 3, 2]):
        judge(*run(order, accounts))


@given(st.lists(st.integers(0, 5), max_size=60), st.text("ab", min_size=5, max_size=5))
def test_any_order_of_five_writers_and_a_reader(order, accounts):
    judge(*run(order, accounts))


def test_order_of_transaction_numbers_would_not_do():
    """The model tells: two transactions of an account can be committed in the other order than their numbers."""
    database, _ = run([0, 1, 1, 1, 0, 0], "aa")
    assert [number for _, number, _ in sorted(database.events)] == [2, 1]


NUMBERS = st.integers(1, 2**62)
SNAPSHOTS = st.builds(
    lambda end, distances: Snapshot(end, tuple(sorted({max(0, end - it) for it in distances}))),
    NUMBERS,
    st.lists(st.integers(1, 2**40), max_size=30),
)


@given(st.text(max_size=40), st.none() | SNAPSHOTS, st.none() | SNAPSHOTS, st.integers(0, 2**62))
def test_cursor_is_read_as_it_was_written(history, base, target, last):
    cursor = Cursor(history, base, target, last)
    assert Cursor.decode(cursor.encode()) == cursor


@given(
    st.text(max_size=200) | st.binary(max_size=60).map(lambda it: __import__("base64").urlsafe_b64encode(it).decode())
)
def test_other_text_is_no_cursor(text):
    try:
        cursor = Cursor.decode(text)
    except MalformedCursorError:
        return
    assert cursor.encode() == text


def test_changed_cursors_are_cursors_or_refused():
    text = Cursor("1.00000001", Snapshot(1000, (990, 995)), Snapshot(1010, (995,)), 17).encode()
    for start, end in combinations(range(len(text) + 1), 2):
        try:
            Cursor.decode(text[:start] + text[end:])
        except MalformedCursorError:
            continue


@pytest.mark.parametrize(
    ("text", "snapshot"),
    [("10:20:10,14,15", Snapshot(20, (10, 14, 15))), ("7:7:", Snapshot(7)), ("3:9:3", Snapshot(9, (3,)))],
)
def test_snapshot_of_postgresql(text, snapshot):
    assert Snapshot.parse(text) == snapshot


def test_cursor_of_a_hundred_transactions_is_short():
    busy = Snapshot(10**9, tuple(range(10**9 - 300, 10**9, 3)))
    assert len(Cursor("6b08976a302d2874.00000001", busy, busy, 10**9).encode()) < 700
