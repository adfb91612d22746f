"""Checkers and writers in threads, on every server of a deployment at once."""

import random
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from threading import Event, Thread
from time import monotonic

from benchmarks.revocation.revocation_scenarios import SCENARIOS, Person, Scenario, SignedIn, UnexpectedAnswerError
from faults.checker.callers import Caller, Target, UnansweredError
from faults.checker.lists import Job, list_jobs
from faults.checker.record import Answer, Outcome, Record
from faults.checker.writers import register, revoke

REVOKERS, CHECKERS = 2, 1  # on each target
REVOCATION_PAUSE, CHECK_PAUSE, PAUSE_AFTER_FAILURE = 0.15, 0.01, 0.1  # seconds
RECENT = 8  # ended sessions, the last of which are checked most


class Load:
    """Clients of some targets, which share a record."""

    def __init__(
        self,
        targets: list[Target],
        administrator: SignedIn,
        persons: deque[Person],
        scenarios: list[Scenario] = SCENARIOS,
        readers: list[SignedIn] | None = None,
    ) -> None:
        self.targets, self.administrator, self.persons = targets, administrator, persons
        self.scenarios, self.readers = scenarios, readers or []
        self.record = Record()
        self.over = Event()

    def warm(self) -> None:
        """Check each session twice through each target, so that its rows are cached there."""
        sessions = [session for person in self.persons for session in person.sessions]
        self.record.watch(sessions)

        def check_all(target: Target) -> None:
            with closing(Caller(target, self.record)) as caller:
                for session in sessions:
                    caller.check(session)

        with ThreadPoolExecutor(len(self.targets)) as threads:
            list(threads.map(check_all, self.targets))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the clients until the block ends."""
        jobs: list[Job] = []
        for _ in self.targets:
            jobs += [self._revoke] * REVOKERS + [self._check] * CHECKERS
        work = [(job, self.targets[number % len(self.targets)]) for number, job in enumerate(jobs)]
        work += [(self._register, self.targets[0]), *((self._check, target) for target in self.targets)]
        work += list_jobs(self.readers, self.targets, self.persons)
        threads = [Thread(target=self._run, args=[*it, number]) for number, it in enumerate(work)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def wait(self, seconds: float) -> None:
        self.over.wait(seconds)

    def is_calm(self, since: float) -> bool:
        """Return whether each target has answered since a time (monotonic seconds), and nothing has failed."""
        recent = [answer for answer in _last(self.record.answers) if answer.ended > since]
        answered = {answer.request.rpartition(" ")[2] for answer in recent if answer.outcome == Outcome.ANSWERED}
        return len(answered) == len(self.targets) and all(it.outcome == Outcome.ANSWERED for it in recent)

    def _run(self, job: Job, target: Target, number: int) -> None:
        dice = random.Random(number)
        with closing(Caller(target, self.record)) as caller:
            while not self.over.is_set():
                try:
                    pause = job(caller, dice)
                except UnansweredError:
                    pause = PAUSE_AFTER_FAILURE
                except UnexpectedAnswerError as error:
                    pause = PAUSE_AFTER_FAILURE
                    if not _is_of_a_fault(error):
                        self.record.broken.append(repr(error))
                except Exception as error:
                    self.record.broken.append(repr(error))
                    return
                self.over.wait(pause)

    def _check(self, caller: Caller, dice: random.Random) -> float:
        """Check one session: more often one that has ended, and then mostly one of the last."""
        ended, live = self.record.all_ended(), self.record.watched()
        if ended and (not live or dice.random() < 0.6):
            caller.check(ended[-1 - min(len(ended) - 1, int(dice.expovariate(1 / RECENT)))].session)
        elif live:
            caller.check(dice.choice(live))
        return CHECK_PAUSE

    def _revoke(self, caller: Caller, dice: random.Random) -> float:
        """End sessions of the next person."""
        try:
            person = self.persons.popleft()
        except IndexError:
            return REVOCATION_PAUSE
        scenario = self.scenarios[len(self.persons) % len(self.scenarios)]
        revoke(caller, scenario, self.administrator, person)
        return REVOCATION_PAUSE * 2 * dice.random()

    def _register(self, caller: Caller, dice: random.Random) -> float:
        register(caller)
        return REVOCATION_PAUSE


def _last(answers: list[Answer]) -> list[Answer]:
    return answers[-2_000:]


def _is_of_a_fault(error: UnexpectedAnswerError) -> bool:
    """Return whether a status is one that the record counts as a failure: others show that a client is wrong."""
    return bool(error.args[1] >= 500)


def wait_for_calm(load: Load, least: float, most: float) -> None:
    """Return after `least` seconds, once nothing has failed for a second, and after `most` at the latest."""
    start = monotonic()
    while monotonic() < start + least or (not load.is_calm(monotonic() - 1) and monotonic() < start + most):
        load.wait(0.1)
