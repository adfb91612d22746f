"""Measure each case in short rounds, and report the medians of the rounds.

Each round is followed by one of what the case is compared with, so that a drift in the machine's speed affects both.
"""

import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.request import urlopen

import bcrypt

from benchmarks.cases import Cases, seed
from benchmarks.load import Figures, Load, medians
from benchmarks.processes import HOST, Memory, largest_child, running
from benchmarks.servers import BCRYPT_FACTOR, Servers, dashboard
from throwaway.programs import free_port

MEGABYTES = 100
STARTS, START_SECONDS = 5, 1.5
WARM_UP_SECONDS = 4
MANY_CONNECTIONS = 1_000
LONG_ROUNDS = 3  # times as long as others
CHECKS_PER_CORE = 10
SETTLE_SECONDS = 1  # in which the server ends the sign-ins that a round has left in progress
HASH = bcrypt.hashpw(b"a password", bcrypt.gensalt(BCRYPT_FACTOR))

Measured = Callable[[], Figures]


@dataclass(frozen=True)
class Row:
    """A row of the table: a case, its figures, and its goal."""

    case: str
    figures: Figures | None
    memory: Memory | None = None
    compared: str = ""
    goal: str = ""
    is_reached: bool | None = None


@dataclass(frozen=True)
class Length:
    """The length of a run: the number of rounds, and the seconds of each.

    Rounds of sign-ins alone are longer, because a sign-in takes a good part of a second, and those still in progress at
    the end of a round are not counted.
    """

    rounds: int
    seconds: int
    sign_in_rounds: int
    sign_in_seconds: int


class Measurement:
    """A measurement of all cases on these servers."""

    def __init__(self, servers: Servers, cases: Cases, length: Length) -> None:
        self.servers, self.cases, self.length = servers, cases, length

    def rows(self, *, with_million: bool) -> list[Row]:
        cases = self.cases
        page, ratio = self.compared("GET administrator/sessions, page of 10", cases.page_of_sessions, 0.4)
        rows = [
            *self.references(),
            self.against_mget("GET user/session, one's own", cases.own_session, 1.0),
            self.against_mget("GET administrator/session, another's", cases.anothers_session, 0.75),
            page,
            # Before reset codes, because new session keys would delete them.
            self.against_mget("PATCH administrator/reset-session-key", cases.reset_session_key, 0.2),
            self.against_mget("POST administrator/create-reset-code", cases.create_reset_code, 0.2),
            self.sign_ins(),
            self.during_sign_ins(),
        ]
        if with_million:
            rows.append(self.of_a_million(ratio))
        rows += [self.memory(), self.start(), self.against_mget("GET check", cases.check, 1.0)]
        return [*rows, self.many_connections()]

    def references(self) -> list[Row]:
        pairs = self._rounds(self._drive(self.cases.constant), self._drive(self.cases.mget))
        constant, mget = medians([one for one, _ in pairs]), medians([other for _, other in pairs])
        ratio = median(one.rate / other.rate for one, other in pairs)
        return [
            Row("reference: a constant", constant, compared=f"{ratio:.2f} of MGET"),
            Row("reference: a constant after one MGET", mget),
        ]

    def against_mget(self, name: str, load: Load, least: float) -> Row:
        return self.compared(name, load, least)[0]

    def compared(self, name: str, load: Load, least: float) -> tuple[Row, float]:
        """Return the row and the ratio to the reference's requests per second."""
        self._warm_up(load)
        pairs = self._rounds(self._drive(load), self._drive(self.cases.mget))
        ratio = median(one.rate / other.rate for one, other in pairs)
        figures = medians([one for one, _ in pairs])
        row = Row(name, figures, self._worker(), f"{ratio:.2f} of MGET", f"≥ {least}", ratio >= least)
        return row, ratio

    def sign_ins(self) -> Row:
        """Compare with what the cores could do if they only checked passwords."""
        sign_in = self.cases.sign_in
        length = self.length
        pairs = [(sign_in.drive(length.sign_in_seconds), _password_checks()) for _ in range(length.sign_in_rounds)]
        ratio = median(one.rate / other.rate for one, other in pairs)
        possible = median(other.rate for _, other in pairs)
        figures = medians([one for one, _ in pairs])
        compared = f"{ratio:.2f} of {possible:.0f} password checks/s"
        return Row("POST user/create-session", figures, self._worker(), compared, "≥ 0.9", ratio >= 0.9)

    def during_sign_ins(self) -> Row:
        alone = self._drive(self.cases.own_session)
        pairs = self._rounds(self._drive_during_sign_ins, alone)
        times = median(one.p99 / other.p99 for one, other in pairs)
        figures = medians([one for one, _ in pairs])
        compared = f"p99 is {times:.1f} times the {median(other.p99 for _, other in pairs):.1f} ms without sign-ins"
        name = f"GET user/session while {self.cases.few_sign_in.connections} clients sign in"
        return Row(name, figures, self._worker(), compared, "p99 ≤ 3 times", times <= 3)

    def of_a_million(self, before: float) -> Row:
        """Compare the ratio to the reference with the ratio `before`, since the machine's speed may have changed."""
        seed(self.servers, "more", str(1_000_000))
        name = "GET administrator/sessions, of 1,000,000"
        row, ratio = self.compared(name, self.cases.page_of_sessions, 0)
        kept = ratio / before
        return replace(row, compared=f"{kept:.2f} of the ratio with 10,000", goal="≥ 0.8", is_reached=kept >= 0.8)

    def many_connections(self) -> Row:
        """Compare checks on many connections with checks on the usual number of connections.

        The rounds are longer than usual, because they include connecting.
        """
        seconds = LONG_ROUNDS * self.length.seconds
        usual = self.cases.own_session
        many = Load(usual.requests, MANY_CONNECTIONS)
        pairs = self._rounds(lambda: many.drive(seconds), lambda: usual.drive(seconds))
        ratio = median(one.rate / other.rate for one, other in pairs)
        figures = medians([one for one, _ in pairs])
        compared = f"{ratio:.2f} of the rate on {usual.connections} connections"
        name = f"GET user/session on {many.connections:,} connections"
        return Row(name, figures, self._worker(), compared, "≥ 0.9", ratio >= 0.9)

    def memory(self) -> Row:
        worker = self._worker()
        return Row("memory per worker", None, worker, "RSS, at the end", f"≤ {MEGABYTES} MB", worker.rss <= MEGABYTES)

    def start(self) -> Row:
        """Start a server several times, and measure the time to its first answer."""
        seconds = median(_seconds_to_answer(self.servers.environment) for _ in range(STARTS))
        compared = f"{seconds:.1f} s, median of {STARTS} starts"
        return Row("start of a server, to its first answer", None, None, compared, "≤ 1.5 s", seconds <= START_SECONDS)

    def _worker(self) -> Memory:
        return largest_child(self.servers.dashboard_pid)

    def _warm_up(self, load: Load) -> None:
        """Have every worker see each session, and fill the cache."""
        load.drive(WARM_UP_SECONDS)

    def _drive(self, load: Load) -> Measured:
        return lambda: load.drive(self.length.seconds)

    def _drive_during_sign_ins(self) -> Figures:
        return during_sign_ins(self.cases, self.length.seconds)

    def _rounds(self, one: Measured, other: Measured) -> list[tuple[Figures, Figures]]:
        return [(one(), other()) for _ in range(self.length.rounds)]


def during_sign_ins(cases: Cases, seconds: int) -> Figures:
    """Measure session checks. Sign-ins start before the measurement, and stop after it."""
    with ThreadPoolExecutor(1) as background:
        sign_ins = background.submit(cases.few_sign_in.drive, seconds + 1)
        time.sleep(0.5)
        figures = cases.own_session.drive(seconds)
        sign_ins.result()
    return figures


def _seconds_to_answer(environment: Mapping[str, str]) -> float:
    port = free_port()
    with TemporaryDirectory(prefix="dashboard-start-") as folder:
        began = time.perf_counter()
        with running(dashboard(port, {**environment, "PORT": str(port)}), Path(folder)):
            urlopen(f"http://{HOST}:{port}/health/live").close()
            return time.perf_counter() - began


def _password_checks() -> Figures:
    """Return how many checks per second all cores make together, while nothing else runs."""
    time.sleep(SETTLE_SECONDS)
    cores = os.cpu_count() or 1
    checks = CHECKS_PER_CORE * cores
    with ThreadPoolExecutor(cores) as threads:
        start = time.perf_counter()
        for _ in threads.map(lambda _: bcrypt.checkpw(b"a password", HASH), range(checks)):
            pass
        return Figures(checks / (time.perf_counter() - start))
