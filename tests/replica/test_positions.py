"""How far the replica is behind, by what primary and replica answer."""

from dataclasses import replace
from unittest.mock import Mock

import pytest
from django.db import DEFAULT_DB_ALIAS, OperationalError

from dashboard.db.routers import REPLICA
from dashboard.replica import keeper, positions
from dashboard.replica.positions import FOREIGN, PROMOTED, UNKNOWN, Answers, ReplicaState

LIMIT = 5
ANSWERS = Answers("1/00000001", 1000, "1/00000001", 1000, is_standby=True, server="a run")


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _limit(settings) -> None:
    settings.READ_DATABASE_MAXIMUM_LAG = LIMIT


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def state(clock: Clock) -> ReplicaState:
    return ReplicaState(clock)


def learn(state: ReplicaState, position: int, replayed: int, **changes) -> None:
    state.learn(state.clock(), replace(ANSWERS, position=position, replayed=replayed, **changes))


def test_not_used_before_it_is_measured(state):
    assert (state.is_usable, state.lag) == (False, None)


def test_replica_that_has_everything(state, clock):
    learn(state, 1000, 1000)
    assert (state.is_usable, state.lag) == (True, 0)
    clock.now += 1
    assert (state.is_usable, state.lag) == (True, 1)  # who knows what was written meanwhile?


def test_idle_primary_makes_no_replica_late(state, clock):
    for _ in range(100):
        clock.now += 0.5
        learn(state, 1000, 1000)
    assert (state.is_usable, state.lag) == (True, 0)


def test_replica_of_a_busy_primary_is_as_late_as_what_it_has(state, clock):
    for step in range(20):
        clock.now = 100 + step
        learn(state, 1000 + 10 * step, 1000 + 10 * max(0, step - 3) + 5)
    assert (state.is_usable, state.lag) == (True, 3)


def test_replica_that_stands_still_is_left_out_when_it_is_too_late(state, clock):
    usable = []
    for step in range(10):
        clock.now = 100 + step
        learn(state, 1000 + step, 1000)
        usable.append(state.is_usable)
    assert usable == [True] * (LIMIT + 1) + [False] * (9 - LIMIT)
    assert state.lag == 9
    learn(state, 1009, 1009)
    assert (state.is_usable, state.lag) == (True, 0)


def test_silence_grows_old(state, clock):
    learn(state, 1000, 1000)
    clock.now += LIMIT + 0.1
    assert not state.is_usable


def test_nothing_is_known_of_a_replica_that_was_behind_at_first(state, clock):
    learn(state, 1000, 900)
    assert (state.is_usable, state.lag, state.reason) == (False, None, UNKNOWN)
    clock.now += 2
    learn(state, 1100, 1000)
    assert (state.is_usable, state.lag) == (True, 2)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"is_standby": False}, PROMOTED),
        ({"replica_history": "1/00000002"}, FOREIGN),
        ({"replica_history": "2/00000001"}, FOREIGN),
    ],
)
def test_positions_of_another_history_say_nothing(state, changes, reason):
    learn(state, 1000, 1000)
    learn(state, 1000, 5000, **changes)
    assert (state.is_usable, state.lag, state.reason) == (False, None, reason)


def test_positions_of_before_a_failover_are_forgotten(state, clock):
    learn(state, 1000, 1000)
    after = {"history": "1/00000002", "replica_history": "1/00000002"}
    learn(state, 1200, 1100, **after)
    assert not state.is_usable
    learn(state, 1200, 1200, **after)
    assert state.is_usable


def test_question_of_before_a_failure_brings_nothing_back(state, clock):
    asked_at = clock.now
    clock.now += 1
    state.leave_out("it does not answer")
    state.learn(asked_at, ANSWERS)
    assert (state.is_usable, state.reason) == (False, "it does not answer")
    clock.now += 1
    learn(state, 1000, 1000)
    assert state.is_usable


def test_unreachable_replica_is_told_once(state, monkeypatch, caplog):
    def ask() -> Answers:
        raise OperationalError("connection refused\nIs the server running?")

    monkeypatch.setattr(positions, "ask", ask)
    state.measure()
    state.measure()
    assert not state.is_usable
    (record,) = caplog.records
    assert "left out" in record.getMessage()
    assert "connection refused Is the server running?" in record.getMessage()


def test_command_waits_for_the_replica(state, clock, monkeypatch):
    replayed = iter([900, 950, 1000, 1000])
    monkeypatch.setattr(positions, "ask", lambda: replace(ANSWERS, replayed=next(replayed)))
    monkeypatch.setattr(positions.time, "sleep", lambda seconds: setattr(clock, "now", clock.now + seconds))
    state.catch_up()
    assert state.is_usable


def test_command_does_not_wait_for_ever(state, clock, monkeypatch):
    monkeypatch.setattr(positions, "ask", lambda: replace(ANSWERS, replayed=900))
    monkeypatch.setattr(positions.time, "sleep", lambda seconds: setattr(clock, "now", clock.now + seconds))
    state.catch_up()
    assert not state.is_usable
    assert state.reason == "it does not catch up"


@pytest.mark.parametrize("fails", [False, True])
def test_connections_are_opened_anew_after_a_failure(state, monkeypatch, fails):
    """One to a primary that has become a standby is in order, but cannot tell where the log ends."""
    opened = {DEFAULT_DB_ALIAS: Mock(), REPLICA: Mock()}
    monkeypatch.setattr(keeper, "connections", opened)
    monkeypatch.setattr(positions, "ask", Mock(side_effect=OperationalError) if fails else lambda: ANSWERS)
    keeper.measure(state)
    assert [it.close.called for it in opened.values()] == [fails, fails]
