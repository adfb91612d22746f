"""Clients that check sessions without pause while others end them, and a record of the answers."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from benchmarks.revocation.revocation_scenarios import (
    AFTERWARDS,
    SCENARIOS,
    Access,
    Person,
    Scenario,
    SignedIn,
    UnexpectedAnswerError,
    administrator_delete_account,
    administrator_set_account_deleted,
    user_set_session_ended,
)

CHECKED_BEFORE = 0.1  # maximum seconds for which a person's sessions are checked before some of them are ended
CHECKED_AFTERWARDS = 0.1
MAX_WAIT_SECONDS = 150  # long enough for a busy machine


@dataclass(frozen=True)
class Revocation:
    """The way in which a session was ended, and when the request was sent and answered (monotonic seconds)."""

    scenario: str
    sent: float
    answered: float


@dataclass(frozen=True)
class Check:
    """The result of a session check. `is_own` is true if the session itself made the request."""

    sessionid: str
    is_own: bool
    began: float
    ended: float
    accepted: bool


@dataclass(frozen=True)
class Lag:
    """A check that accepted an ended session: it began this many seconds after the revocation was answered."""

    seconds: float
    revocation: Revocation


class Load:
    """Checks and revocations on the servers at these ports, and the evaluation of their records."""

    def __init__(self, ports: list[int], administrator: SignedIn, persons: deque[Person]) -> None:
        self.ports = ports
        self.administrator = administrator
        self.persons = persons
        self.current: list[SignedIn] = []
        self.past: list[SignedIn] = []
        self.checks: list[Check] = []
        self.revocations: dict[str, Revocation] = {}
        self.faults: list[BaseException] = []
        self.over = threading.Event()
        self._changing = threading.Lock()  # held to change `current` and `past`, which several threads do

    @contextmanager
    def running(self, checkers: int = 3, revokers: int = 2) -> Iterator[None]:
        """Run clients of both kinds on each server until the block ends or one of them fails."""
        jobs = [(self._check, port) for port in self.ports for _ in range(checkers)]
        jobs += [(self._revoke, port) for port in self.ports for _ in range(revokers)]
        threads = [threading.Thread(target=self._run, args=[*job, number]) for number, job in enumerate(jobs)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.over.set()
            for thread in threads:
                thread.join()

    def go_on_until(self, holds: Callable[[], bool]) -> None:
        """Wait until the condition holds or a client has failed, at most MAX_WAIT_SECONDS."""
        deadline = time.monotonic() + MAX_WAIT_SECONDS
        while not self.over.wait(0.1) and not holds() and time.monotonic() < deadline:
            pass

    def go_on(self, checks: int, revocations: int) -> None:
        """Wait until this many more checks and revocations have been answered."""
        enough = len(self.checks) + checks, len(self.revocations) + revocations
        self.go_on_until(lambda: len(self.checks) >= enough[0] and len(self.revocations) >= enough[1])

    def _run(self, job: Callable[[Access, random.Random], None], port: int, number: int) -> None:
        try:
            dice = random.Random(number)
            with closing(Access(port)) as caller:
                while not self.over.is_set():
                    job(caller, dice)
        except BaseException as fault:
            self.faults.append(fault)
            self.over.set()

    def _check(self, caller: Access, dice: random.Random) -> None:
        """Check one session: mostly one that is being ended, else one that has ended."""
        among = self.current if self.current and (not self.past or dice.random() < 0.85) else self.past
        try:
            session = dice.choice(among)
        except IndexError:  # no person has started yet, or the last session was just removed
            self.over.wait(0.001)
            return
        is_own = dice.random() < 0.8
        route, by = ("user/session", session) if is_own else ("administrator/session", self.administrator)
        began = time.monotonic()
        status, answer = caller.call("GET", route, by, sessionid=session.sessionid)
        ended = time.monotonic()
        if status not in ((200, 401) if is_own else (200, 404)):
            raise UnexpectedAnswerError(route, status, answer)
        accepted = status == 200 and not answer["ended"]
        self.checks.append(Check(session.sessionid, is_own, began, ended, accepted))

    def _revoke(self, caller: Access, dice: random.Random) -> None:
        """Let the next person's sessions be checked, end some of them by the next scenario, and sign in again."""
        try:
            person = self.persons.popleft()
        except IndexError:
            self.over.wait(0.01)
            return
        scenario = SCENARIOS[len(self.persons) % len(SCENARIOS)]
        watched = [*person.sessions]
        self._watch(watched)
        self.over.wait(dice.uniform(0, CHECKED_BEFORE))
        self._end(caller, scenario, person)
        if scenario in AFTERWARDS:
            AFTERWARDS[scenario](caller, self.administrator, person)
        anew = scenario not in (administrator_set_account_deleted, administrator_delete_account)
        if anew:
            person.sessions = [_sign_in(caller, person)]
            self._watch(person.sessions)
            watched += person.sessions
        self.over.wait(CHECKED_AFTERWARDS)
        if anew:
            self._end(caller, user_set_session_ended, person)
        with self._changing:
            self.past += watched
            self.current = [session for session in self.current if session not in watched]

    def _watch(self, sessions: list[SignedIn]) -> None:
        with self._changing:
            self.current += sessions

    def _end(self, caller: Access, scenario: Scenario, person: Person) -> None:
        sent = time.monotonic()
        ended = scenario(caller, self.administrator, person)
        revocation = Revocation(scenario.__name__, sent, time.monotonic())
        self.revocations.update({session.sessionid: revocation for session in ended})

    def lags(self) -> list[Lag]:
        """Return the checks that accepted a session although they began after the answer that it was ended."""
        found = ((check, self.revocations.get(check.sessionid)) for check in [*self.checks] if check.accepted)
        return [Lag(check.began - it.answered, it) for check, it in found if it and check.began > it.answered]

    def refused_too_early(self) -> list[Check]:
        """Return the checks that refused a session before it was ended."""
        found = ((check, self.revocations.get(check.sessionid)) for check in self.checks if not check.accepted)
        return [check for check, it in found if it is None or check.ended < it.sent]

    def outcomes(self, *, is_own: bool) -> dict[str, tuple[int, int]]:
        """Count, by scenario, the checks that accepted a session before it was ended and refused it afterwards."""
        counts = {scenario.__name__: [0, 0] for scenario in SCENARIOS}
        for check in [*self.checks]:
            revocation = self.revocations.get(check.sessionid)
            if revocation and check.is_own == is_own:
                counts[revocation.scenario][0] += check.accepted and check.ended < revocation.sent
                counts[revocation.scenario][1] += not check.accepted and check.began > revocation.answered
        return {scenario: (before, after) for scenario, (before, after) in counts.items()}

    def saw(self, least: int) -> bool:
        """Return whether `least` checks came before, and as many after, the revocations of each scenario."""
        own, administrators = (self.outcomes(is_own=is_own).values() for is_own in (True, False))
        return all(min(counts) >= least for counts in own) and all(
            sum(count) >= least for count in zip(*administrators, strict=True)
        )


def _sign_in(caller: Access, person: Person) -> SignedIn:
    body = {"username": person.username, "password": person.password}
    answer = caller.done("POST", "user/create-session", body=body)
    return SignedIn(answer["sessionid"], answer["token"], person.accountid)
