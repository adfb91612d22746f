"""What clients were told: each answer, each change that was acknowledged, and each check that was wrong."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Lock

from benchmarks.revocation.revocation_scenarios import SignedIn


class Outcome(StrEnum):
    """What became of a request."""

    ANSWERED = "answered"  # by a success, or a refusal such as 401
    UNAVAILABLE = "503"
    FAULT = "5xx"  # of Dashboard, other than 503
    PROXY = "proxy"  # 502, 503 or 504 of a proxy
    CUT = "cut"  # the connection was refused, or ended without an answer
    SILENT = "silent"  # no answer came at all


@dataclass(frozen=True)
class Answer:
    """A request and what became of it. Times are monotonic seconds."""

    outcome: Outcome
    began: float
    ended: float
    request: str
    detail: str = ""

    @property
    def seconds(self) -> float:
        return self.ended - self.began


@dataclass(frozen=True)
class Change:
    """A change that was acknowledged, with the object that it made and the sessions that it ended."""

    operation: str
    accountid: str
    objectid: str = ""
    ended: tuple[str, ...] = ()


@dataclass(frozen=True)
class End:
    """A session that has ended, and when the answer said so (monotonic seconds)."""

    session: SignedIn
    answered: float


@dataclass(frozen=True)
class Accepted:
    """A check that accepted an ended session although it began so many seconds after the answer."""

    sessionid: str
    seconds: float
    target: str


@dataclass
class Record:
    """Everything that the clients of a run saw, in the order in which they saw it."""

    answers: list[Answer] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    attempts: list[Change] = field(default_factory=list)  # also those that were not acknowledged
    live: dict[str, SignedIn] = field(default_factory=dict)
    ended: dict[str, End] = field(default_factory=dict)
    accepted: list[Accepted] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # checks of sessions that nobody has ended
    unseen: list[str] = field(default_factory=list)  # own changes that a list of their author's lacked
    broken: list[str] = field(default_factory=list)  # clients that failed by themselves
    checks: int = 0
    looks: int = 0  # at lists, by somebody who has changed something
    lock: Lock = field(default_factory=Lock)

    def watch(self, sessions: Iterable[SignedIn]) -> None:
        """Expect these sessions to be accepted from now on."""
        with self.lock:
            self.live.update({session.sessionid: session for session in sessions})

    def forget(self, sessions: Iterable[SignedIn]) -> None:
        """Expect nothing of these sessions: a request that may end them is about to be sent."""
        with self.lock:
            for session in sessions:
                self.live.pop(session.sessionid, None)

    def end(self, sessions: Iterable[SignedIn], answered: float) -> None:
        """Expect these sessions to be refused from now on."""
        with self.lock:
            self.ended.update({session.sessionid: End(session, answered) for session in sessions})

    def watched(self) -> list[SignedIn]:
        with self.lock:
            return list(self.live.values())

    def all_ended(self) -> list[End]:
        with self.lock:
            return list(self.ended.values())

    def counts(self) -> Counter[Outcome]:
        return Counter(answer.outcome for answer in self.answers)

    def acknowledged(self) -> Counter[str]:
        """Count the changes by operation."""
        return Counter(change.operation for change in self.changes)
