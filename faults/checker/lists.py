"""Administrators who read lists, and look in them for what they have changed themselves."""

import random
from collections import deque
from collections.abc import Callable
from itertools import count
from time import monotonic

from benchmarks.revocation.revocation_scenarios import Person, SignedIn, administrator_set_account_deleted
from faults.checker.callers import Caller, Target
from faults.checker.writers import revoke

Job = Callable[[Caller, random.Random], float]

LOOK_PAUSE = 0.15  # seconds
CHANGE_SECONDS = 4.0  # between two changes of an author: longer than a replica may be behind, and a second
CHANGES = 6  # of an author in a run
LIMIT = "1000"
LISTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("sessions", {}),
    ("accounts", {"all": "true"}),
    ("events", {}),
    ("sessions-count", {}),
    ("deleted-accounts-count", {}),
)


class Author:
    """An administrator who schedules an account for deletion now and then, and looks for it in the list of those."""

    def __init__(self, session: SignedIn, persons: deque[Person], first_change: float) -> None:
        self.session, self.persons = session, persons
        self.done: list[str] = []  # accounts
        self.next_change = first_change  # monotonic seconds

    def change_and_look(self, caller: Caller, dice: random.Random) -> float:
        if self.persons and monotonic() > self.next_change:
            self.next_change = monotonic() + CHANGE_SECONDS
            person = self.persons.popleft()
            revoke(caller, administrator_set_account_deleted, self.session, person)
            self.done.append(person.accountid)
        return self.look(caller, dice)

    def look(self, caller: Caller, dice: random.Random) -> float:
        """Note each change that was acknowledged before the request and is missing from the list."""
        expected = list(self.done)
        rows = caller.done("GET", "administrator/deleted-accounts", self.session, limit=LIMIT)
        shown = {row["accountid"] for row in rows}
        record = caller.record
        with record.lock:
            record.looks += bool(expected)
            record.unseen += [f"{it}, asked of {caller.target.name}" for it in expected if it not in shown]
        return LOOK_PAUSE


class ListReader:
    """An administrator who changes nothing, and reads one list after the other."""

    def __init__(self, session: SignedIn) -> None:
        self.session = session
        self.turns = count()

    def read(self, caller: Caller, dice: random.Random) -> float:
        route, query = LISTS[next(self.turns) % len(LISTS)]
        caller.done("GET", f"administrator/{route}", self.session, **query)
        return LOOK_PAUSE


def list_jobs(
    administrators: list[SignedIn], targets: list[Target], persons: deque[Person]
) -> list[tuple[Job, Target]]:
    """Return what the first administrator reads, and the others change and look for, at each target.

    The accounts that they change are taken out of `persons`.
    """
    work: list[tuple[Job, Target]] = []
    for number, session in enumerate(administrators):
        if number == 0:
            work += [(ListReader(session).read, target) for target in targets]
            continue
        own = deque(persons.pop() for _ in range(min(CHANGES, len(persons))))
        author = Author(session, own, monotonic() + number)
        work += [(author.change_and_look, targets[0]), *((author.look, target) for target in targets[1:])]
    return work
