"""Every order of the steps of session checks and of a revocation by the account, on the real cache module.

The account gets a new number of its session key, and so does the one session that stays; no other row changes. A check
looks up session and account together, and accepts the session if the cache has both with the same number; else it reads
both in one query. A check that begins when the revocation has returned refuses what has ended. None ever refuses the
session that stays. `test_interleavings.py` has the world and the search.
"""

from typing import Any

import pytest

from accounts.models import Account
from dashboard.cache.rows import Snapshot, row_cache
from sessions_app.models import Session
from tests.cache.test_interleavings import Clock, Replay, World, Writer, every_state, replay

__all__ = ["replay"]

ACCOUNT = "account:dashboard:acct_0123456789abcdef"
STAYS, ENDS = "session:dashboard:sess_0123456789abcdef", "session:dashboard:sess_fedcba9876543210"


class Check:
    """A session check: look up both rows; unless they accept it, read both in one query, and add what was missing."""

    session: str

    def __init__(self, world: World) -> None:
        self.world = world
        self.steps = [self.look, self.read, self.add]
        self.place = 0
        self.accepted: bool | None = None
        self.began_after = 0
        self.noted = 0.0
        self.numbers: tuple[int, int] | None = None
        self.added: tuple[str, ...] = ()

    def number(self) -> int:
        """The number of the session's row, as it is committed."""
        raise NotImplementedError

    def look(self) -> None:
        self.seen = row_cache.fetch(self.session, ACCOUNT)
        self.noted, self.began_after = self.world.now, self.world.returned
        session, account = self.seen.row(Session, self.session), self.seen.row(Account, ACCOUNT)
        if session and account and session.session_key_number == account.session_key_number:
            self.accepted, self.place = True, len(self.steps)

    def read(self) -> None:
        self.numbers = self.number(), self.world.committed
        self.accepted = self.numbers[0] == self.numbers[1]

    def add(self) -> None:
        self.seen.populate(self.rows())

    def rows(self) -> dict[str, Any]:
        assert self.numbers
        return {
            self.session: Session(sessionid=self.session[-21:], session_key_number=self.numbers[0]),
            ACCOUNT: Account(accountid=ACCOUNT[-21:], session_key_number=self.numbers[1]),
        }

    def may_step(self) -> bool:
        return True

    def state(self) -> Any:
        if self.place == 0:
            return 0
        if self.place == len(self.steps):
            return self.place, self.accepted, self.began_after
        return (
            self.place,
            self.numbers,
            self.added,
            self.began_after,
            repr(self.seen.entries),
            self.world.now - self.noted,
        )


class CheckOfWhatStays(Check):
    session = STAYS

    def number(self) -> int:
        return self.world.committed  # written in the account's transaction


class CheckOfWhatEnds(Check):
    session = ENDS

    def number(self) -> int:
        return 0


class InParts(Check):
    """A check whose one round trip adds one row after the other, and which then takes back those that came too late.

    Others may act after each.
    """

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.steps = [self.look, self.read, self.add_session, self.add_account, self.take_back]

    def add_session(self) -> None:
        if self.seen._may_add():
            self.added = self.seen._add({self.session: self.rows()[self.session]})
        else:
            self.place = len(self.steps)

    def add_account(self) -> None:
        self.added += self.seen._add({ACCOUNT: self.rows()[ACCOUNT]})

    def take_back(self) -> None:
        self.seen._take_back_late(self.added)


class CheckOfWhatStaysInParts(InParts, CheckOfWhatStays):
    pass


class CheckOfWhatEndsInParts(InParts, CheckOfWhatEnds):
    pass


class Revocation(Writer):
    """Mark the account and the session that stays, update and commit both, and mark both again."""

    def mark(self) -> None:
        self.marked_at = self.world.now
        self.world.after_commit = self.after_commit
        row_cache.mark_dirty(ACCOUNT)
        row_cache.mark_dirty(STAYS)

    def mark_again(self) -> None:
        super().mark_again()
        self.world.returned += 1


class EndOfAccess(Revocation):
    """Write the account and the session that ends in one statement, then mark both, commit, and mark both again."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.steps = [self.update, self.mark, self.commit, self.mark_again]

    def mark(self) -> None:
        self.marked_at = self.world.now
        self.world.after_commit = self.after_commit
        row_cache.mark_dirty(ENDS, ACCOUNT)


class UnmarkedAccount(Revocation):
    """Marks only sessions, as if they told all."""

    def mark(self) -> None:
        self.marked_at = self.world.now
        self.world.after_commit = self.after_commit
        row_cache.mark_dirty(STAYS)


@pytest.fixture(autouse=True)
def _returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the world count revocations that have returned."""
    begin, state = World.begin, World.state

    def begin_counting(world: World) -> None:
        begin(world)
        world.returned = 0  # type: ignore[attr-defined]

    monkeypatch.setattr(World, "begin", begin_counting)
    monkeypatch.setattr(World, "state", lambda world: (state(world), world.returned))


def assert_promises(replay: Replay, *kinds: Any) -> int:
    """Assert that what has ended is refused, and what stays accepted, in every order. Return how many states it has."""
    count = 0
    for _, actors, path in every_state(replay, kinds):
        count += 1
        for actor in actors:
            if isinstance(actor, CheckOfWhatEnds) and actor.began_after:
                assert not actor.accepted, path
            if isinstance(actor, CheckOfWhatStays):
                assert actor.accepted is not False, path
    return count


@pytest.mark.parametrize(
    "kinds",
    [
        (CheckOfWhatEnds, Revocation, Clock),
        (CheckOfWhatEnds, CheckOfWhatEnds, Revocation),
        (CheckOfWhatEnds, EndOfAccess, Clock),
        (CheckOfWhatStays, CheckOfWhatEnds, EndOfAccess, Clock),
        (CheckOfWhatStays, CheckOfWhatEnds, Revocation),
        (CheckOfWhatStays, CheckOfWhatStays, Revocation, Clock),
        (CheckOfWhatEndsInParts, Revocation, Clock),
        (CheckOfWhatEndsInParts, EndOfAccess, Clock),
        (CheckOfWhatStaysInParts, CheckOfWhatEnds, EndOfAccess),
        pytest.param((CheckOfWhatEndsInParts, CheckOfWhatEnds, Revocation), marks=pytest.mark.exhaustive),
        pytest.param((CheckOfWhatStaysInParts, CheckOfWhatEndsInParts, Revocation), marks=pytest.mark.exhaustive),
        pytest.param((CheckOfWhatEndsInParts, CheckOfWhatEnds, EndOfAccess, Clock), marks=pytest.mark.exhaustive),
        pytest.param((CheckOfWhatEnds, CheckOfWhatEnds, Revocation, Clock), marks=pytest.mark.exhaustive),
        pytest.param((CheckOfWhatEnds, CheckOfWhatEnds, EndOfAccess, Clock), marks=pytest.mark.exhaustive),
        pytest.param((CheckOfWhatStays, CheckOfWhatEnds, Revocation, Clock), marks=pytest.mark.exhaustive),
    ],
    ids=lambda kinds: " ".join(kind.__name__ for kind in kinds),
)
def test_no_order_accepts_what_has_ended_or_refuses_what_stays(replay: Replay, kinds: tuple[Any, ...]) -> None:
    assert assert_promises(replay, *kinds) > 20


def test_the_mark_of_the_account_is_needed(replay: Replay) -> None:
    with pytest.raises(AssertionError):
        assert_promises(replay, CheckOfWhatEnds, CheckOfWhatEnds, UnmarkedAccount)


@pytest.mark.exhaustive
def test_rows_that_came_too_late_must_be_taken_back(replay: Replay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Snapshot, "_take_back_late", lambda snapshot, keys: None)
    with pytest.raises(AssertionError):  # named in the order in which the search comes upon it soonest
        assert_promises(replay, CheckOfWhatEnds, Clock, Revocation, CheckOfWhatEndsInParts)
