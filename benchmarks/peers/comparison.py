"""Measure each case of a peer in short rounds.

Each round is followed by one of Dashboard, so that a drift in the machine's speed affects both.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

import httpx

from benchmarks.load import PATIENCE, Load, Request
from benchmarks.peers.node_services import NodeDashboard
from benchmarks.peers.service import PEOPLE, Dashboard, Peer, Service, SignedIn

SIGN_IN_ROUNDS, SIGN_IN_CLIENTS = 3, 8
SESSIONS, TRIES = 3, 8  # tries of each session that has ended, on new connections, so that they reach both workers


@dataclass(frozen=True)
class Length:
    """The number of rounds of checks, their seconds, and those of the warm-up.

    `endings` is how often all sessions of a person are ended. The first `warm_up_endings` of these do not count.
    """

    rounds: int
    seconds: int
    warm_up: int
    endings: int
    warm_up_endings: int


@dataclass(frozen=True)
class Row:
    """A case, with the rates per second of the peer and of Dashboard in each round."""

    service: str
    case: str
    rounds: Sequence[tuple[float, float]]

    def cells(self) -> tuple[str, ...]:
        """Return the median rates, and the median of the rounds' ratios, which may differ from their ratio."""
        peer, dashboard = (median(it) for it in zip(*self.rounds, strict=True))
        ratio = median(one / other for one, other in self.rounds)
        return self.service, self.case, _number(peer), _number(dashboard), f"{ratio:.2f}"


def _number(rate: float) -> str:
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.1f}"


def table(rows: Sequence[Row]) -> str:
    headings = ("service", "case", "per second", "Dashboard's", "service ÷ Dashboard")
    lines = [headings, ("---",) * len(headings), *(row.cells() for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


class Caller:
    """A client of both services, on persistent connections and on new ones."""

    def __init__(self, client: httpx.Client, without_keepalive: httpx.Client) -> None:
        self.client, self.without_keepalive = client, without_keepalive

    def __call__(self, request: Request) -> httpx.Response:
        """Send a request. Raises httpx.HTTPStatusError if it fails, so that only successful ones are measured.

        A sign-out may be answered with 401: allauth says by this that nobody is signed in any more.
        """
        response = self._sent(self.client, request)
        if request.method == "DELETE" and response.status_code == httpx.codes.UNAUTHORIZED:
            return response
        return response.raise_for_status()

    def anew(self, request: Request) -> httpx.Response:
        return self._sent(self.without_keepalive, request)

    def _sent(self, client: httpx.Client, request: Request) -> httpx.Response:
        client.cookies.clear()  # so that only the cookies of the request are sent
        return client.request(request.method, request.url, headers=request.all_headers, content=request.form or None)


@contextmanager
def caller() -> Iterator[Caller]:
    limits = httpx.Limits(keepalive_expiry=2)  # seconds; Node closes connections after five
    once = httpx.Limits(max_keepalive_connections=0)
    with (
        httpx.Client(timeout=PATIENCE, limits=limits) as client,
        httpx.Client(timeout=PATIENCE, limits=once) as without_keepalive,
    ):
        yield Caller(client, without_keepalive)


class Comparison:
    """A comparison of a peer with Dashboard, both of which are running."""

    def __init__(self, peer: Peer, dashboard: Dashboard, call: Caller, length: Length) -> None:
        self.peer, self.dashboard, self.call, self.length = peer, dashboard, call, length
        self.people: dict[Service, list[SignedIn]] = {peer: [], dashboard: []}

    def rows(self) -> list[Row]:
        self.sign_up()
        sign_ins = self.sign_ins()
        rows = [*self.checks(), sign_ins, *self.endings()]
        if isinstance(self.peer, NodeDashboard):
            rows.append(self.reset_codes(self.peer))
        return rows

    def sign_up(self) -> None:
        for number in range(PEOPLE):
            if request := self.peer.sign_up(number):
                self.call(request)

    def sign_ins(self) -> Row:
        """Sign each person in once, because a service may remember the passwords that it has checked."""
        size = PEOPLE // SIGN_IN_ROUNDS
        parts = [range(first, first + size) for first in range(0, PEOPLE, size)]
        rounds = [(self._signed_in(self.peer, part), self._signed_in(self.dashboard, part)) for part in parts]
        hashes = f"sign-in: {self.peer.password_hash}; Dashboard: {self.dashboard.password_hash}"
        return Row(self.peer.name, hashes, rounds)

    def _signed_in(self, service: Service, numbers: range) -> float:
        requests = [service.sign_in(number) for number in numbers]
        with ThreadPoolExecutor(SIGN_IN_CLIENTS) as clients:
            start = time.perf_counter()
            responses = list(clients.map(self.call, requests))
            seconds = time.perf_counter() - start
        self.people[service] += [service.signed_in(response) for response in responses]
        return len(requests) / seconds

    def checks(self) -> list[Row]:
        peer = self._load(self.peer)
        session = self._load(self.dashboard)
        check = Load([self.dashboard.check_for_proxies(who) for who in self.people[self.dashboard]])
        for load in (peer, session, check):
            load.drive(self.length.warm_up)
        figures = [[it.drive(self.length.seconds).rate for it in (peer, session, check)] for _ in self._rounds]
        return [
            Row(self.peer.name, "check of a session; Dashboard: GET user/session", [(a, b) for a, b, _ in figures]),
            Row(self.peer.name, "check of a session; Dashboard: GET check", [(a, c) for a, _, c in figures]),
        ]

    def _load(self, service: Service) -> Load:
        """Return checks of everybody's session, once it is certain that they are accepted."""
        requests = [service.check(who) for who in self.people[service]]
        if not all(service.is_accepted(self.call(request)) for request in requests):
            raise AssertionError(f"{service.name} refuses sessions")
        return Load(requests)

    @property
    def _rounds(self) -> range:
        return range(self.length.rounds)

    def reset_codes(self, peer: NodeDashboard) -> Row:
        """Create codes for people whose sessions have not been ended. Ending sessions deletes codes."""
        peers, own = (self.people[it][self.length.endings :] for it in (peer, self.dashboard))
        loads = (
            Load([peer.create_reset_code(who) for who in peers]),
            Load([self.dashboard.create_reset_code(who) for who in own]),
        )
        for load in loads:
            load.drive(self.length.warm_up)
        rounds = [
            (loads[0].drive(self.length.seconds).rate, loads[1].drive(self.length.seconds).rate) for _ in self._rounds
        ]
        return Row(peer.name, "POST user/create-reset-code", rounds)

    def endings(self) -> list[Row]:
        """End all of a person's sessions, on one connection, and see whether they are refused from then on."""
        rounds, refused = [], True
        for number in range(self.length.endings):
            peer, is_refused = self._ended(self.peer, number)
            if peer is None:
                return []
            dashboard, is_dashboard_refused = self._ended(self.dashboard, number)
            if dashboard is None or not is_dashboard_refused:
                raise AssertionError("Dashboard accepts sessions that it has ended")
            refused = refused and is_refused
            rounds.append((peer, dashboard))
        outcome = "refused at once" if refused else "**still accepted**"
        case = f"end of {SESSIONS} sessions of a person, which are {outcome}"
        return [Row(self.peer.name, case, rounds[self.length.warm_up_endings :])]

    def _ended(self, service: Service, number: int) -> tuple[float | None, bool]:
        again = [service.signed_in(self.call(service.sign_in(number))) for _ in range(SESSIONS - 1)]
        sessions = [self.people[service][number], *again]
        start = time.perf_counter()
        if service.end_all(self.call, sessions[0]) is None:
            return None, False
        rate = 1 / (time.perf_counter() - start)
        checks = [service.check(who) for who in sessions for _ in range(TRIES)]
        return rate, not any(service.is_accepted(self.call.anew(check)) for check in checks)
