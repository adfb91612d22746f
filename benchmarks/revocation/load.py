"""Clients that check sessions without pause while others end them, and the record of what each of them saw."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

from benchmarks.revocation.revocation_scenarios import (
    WAYS,
    Access,
    Person,
    SignedIn,
    Way,
    administrator_delete_account,
    administrator_set_account_deleted,
    user_set_account_deleted,
    user_set_session_ended,
)

CHECKED_BEFORE = 0.1  # seconds, at most, in which the sessions of a person are checked before some of them are ended
CHECKED_AFTERWARDS = 0.1
AT_MOST = 60  # seconds until what is waited for, on a machine that is busy otherwise


@dataclass(frozen=True)
class Revocation:
    """How a session was ended, and between which two moments."""

    way: str
    sent: float
    answered: float


@dataclass(frozen=True)
class Check:
    """What somebody who asked about a session was told. `is_own` where it was the session itself that asked."""

    sessionid: str
    is_own: bool
    began: float
    ended: float
    accepted: bool


@dataclass(frozen=True)
class Lag:
    """By how many seconds a check that accepted a session began after the answer that it was ended, by which way."""

    seconds: float
    revocation: Revocation


class Load:
    """Checks and revocations on servers; what they saw is judged when they are over."""

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

    @contextmanager
    def running(self, checkers: int = 3, revokers: int = 2) -> Iterator[None]:
        """Until the block ends: so many clients of either kind on each server, or until one of them meets a fault."""
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
        """Wait until this holds, or a client has met a fault, but not for ever."""
        deadline = time.monotonic() + AT_MOST
        while not self.over.wait(0.1) and not holds() and time.monotonic() < deadline:
            pass

    def go_on(self, checks: int, revocations: int) -> None:
        """Wait until so many more have been answered."""
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
        """Ask about some session: mostly one of those that are just being ended, else one that was."""
        among = self.current if self.current and (not self.past or dice.random() < 0.85) else self.past
        try:
            session = dice.choice(among)
        except IndexError:  # nobody has begun, or the last one was just taken away
            self.over.wait(0.001)
            return
        is_own = dice.random() < 0.8
        route, by = ("user/session", session) if is_own else ("administrator/session", self.administrator)
        began = time.monotonic()
        status, answer = caller.call("GET", route, by, sessionid=session.sessionid)
        ended = time.monotonic()
        assert status in ((200, 401) if is_own else (200, 404)), (route, status, answer)
        accepted = status == 200 and not answer["ended"]
        self.checks.append(Check(session.sessionid, is_own, began, ended, accepted))

    def _revoke(self, caller: Access, dice: random.Random) -> None:
        """Let the sessions of the next person be checked, end some of them in the next way, and sign in anew."""
        try:
            person = self.persons.popleft()
        except IndexError:
            self.over.wait(0.01)
            return
        way = WAYS[len(self.persons) % len(WAYS)]
        watched = [*person.sessions]
        self.current += watched
        self.over.wait(dice.uniform(0, CHECKED_BEFORE))
        self._end(caller, way, person)
        if way is user_set_account_deleted:  # to cancel the deletion revives no session
            query = {"accountid": person.accountid}
            caller.done("PATCH", "administrator/reset-account-deleted", self.administrator, **query)
        anew = way not in (administrator_set_account_deleted, administrator_delete_account)
        if anew:
            person.sessions = [_sign_in(caller, person)]
            self.current += person.sessions
            watched += person.sessions
        self.over.wait(CHECKED_AFTERWARDS)
        if anew:
            self._end(caller, user_set_session_ended, person)
        self.past += watched
        for session in watched:
            self.current.remove(session)

    def _end(self, caller: Access, way: Way, person: Person) -> None:
        sent = time.monotonic()
        ended = way(caller, self.administrator, person)
        revocation = Revocation(way.__name__, sent, time.monotonic())
        self.revocations.update({session.sessionid: revocation for session in ended})

    def lags(self) -> list[Lag]:
        """Of every check that accepted a session and began after the answer that it was ended."""
        found = ((check, self.revocations.get(check.sessionid)) for check in [*self.checks] if check.accepted)
        return [Lag(check.began - it.answered, it) for check, it in found if it and check.began > it.answered]

    def refused_too_early(self) -> list[Check]:
        """Checks that refused a session before anybody ended it."""
        found = ((check, self.revocations.get(check.sessionid)) for check in self.checks if not check.accepted)
        return [check for check, it in found if it is None or check.ended < it.sent]

    def outcomes(self, *, is_own: bool) -> dict[str, tuple[int, int]]:
        """By the way to end a session: how many checks accepted one before, and how many refused one afterwards."""
        counts = {way.__name__: [0, 0] for way in WAYS}
        for check in [*self.checks]:
            revocation = self.revocations.get(check.sessionid)
            if revocation and check.is_own == is_own:
                counts[revocation.way][0] += check.accepted and check.ended < revocation.sent
                counts[revocation.way][1] += not check.accepted and check.began > revocation.answered
        return {way: (before, after) for way, (before, after) in counts.items()}

    def saw(self, least: int) -> bool:
        """Whether so many checks came before, and as many after, revocations of each way."""
        own, administrators = (self.outcomes(is_own=is_own).values() for is_own in (True, False))
        return all(min(counts) >= least for counts in own) and all(
            sum(count) >= least for count in zip(*administrators, strict=True)
        )


def _sign_in(caller: Access, person: Person) -> SignedIn:
    body = {"username": person.username, "password": person.password}
    answer = caller.done("POST", "user/create-session", body=body)
    return SignedIn(answer["sessionid"], answer["token"], person.accountid)
