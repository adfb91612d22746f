"""The servers of two releases, a balancer in front of them, and people who use the service all the time."""

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import urlencode

from throwaway.dashboard import Server
from throwaway.programs import wait_until

SECONDS = 30  # that a request may take on a busy machine
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PASSWORD = "a long enough password"


def ask(port: int, method: str, path: str, bearer: str = "", **fields: str) -> tuple[int, Any]:
    """Return the status and the JSON of an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        headers = FORM | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
        connection.request(method, path, urlencode(fields), headers)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


class Balancer:
    """Gives each request another server, and none to a server that is about to be stopped."""

    def __init__(self) -> None:
        self.ports: list[int] = []
        self.waiting: Counter[int] = Counter()
        self.lock, self.turns = Lock(), count()

    def add(self, server: Server) -> None:
        with self.lock:
            self.ports.append(server.port)

    def remove(self, server: Server) -> None:
        """Send the server nothing more, and return when it has answered everything."""
        with self.lock:
            self.ports.remove(server.port)
        wait_until(lambda: not self.waiting[server.port], "a request is not answered")

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Yield the port of the server whose turn it is."""
        with self.lock:
            port = self.ports[next(self.turns) % len(self.ports)]
            self.waiting[port] += 1
        try:
            yield port
        finally:
            with self.lock:
                self.waiting[port] -= 1


@dataclass
class People:
    """Threads that register, sign in, check and end sessions, and schedule deletions, without a pause."""

    balancer: Balancer
    done: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    stopping: Event = field(default_factory=Event)
    numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def busy(self, threads: int = 3) -> Iterator[None]:
        started = [Thread(target=self._live) for _ in range(threads)]
        for thread in started:
            thread.start()
        try:
            yield
        finally:
            self.stopping.set()
            for thread in started:
                thread.join()

    def go_on(self, lives: int = 6) -> None:
        """Return when so many people more have come and gone. Fail with the first faults."""
        target = self.done["user/set-account-deleted"] + lives
        wait_until(lambda: bool(self.faults) or self.done["user/set-account-deleted"] >= target, "nobody comes")
        assert self.faults == []

    def _live(self) -> None:
        while not self.stopping.is_set():
            try:
                self._life(f"person{next(self.numbers)}")
            except (OSError, http.client.HTTPException, KeyError, ValueError) as error:
                self.faults.append(repr(error))

    def _life(self, username: str) -> None:
        who = {"username": username, "password": PASSWORD}
        accountid = self._ask("POST", "user/create-account", **who)["accountid"]
        first, second = (self._sign_in(who) for _ in range(2))
        for bearer in (first, second):
            self._check(bearer, 200)
        ended = second.partition(".")[0]
        self._ask("PATCH", f"user/set-session-ended?sessionid={ended}", first)
        for _ in range(3):  # each server that serves
            self._check(second, 401)
            self._check(first, 200)
        self._ask("PATCH", f"user/set-account-deleted?accountid={accountid}", first, password=PASSWORD)

    def _sign_in(self, who: dict[str, str]) -> str:
        session = self._ask("POST", "user/create-session", **who)
        return f"{session['sessionid']}.{session['token']}"

    def _check(self, bearer: str, expected: int) -> None:
        self._ask("GET", f"user/session?sessionid={bearer.partition('.')[0]}", bearer, expected=expected)

    def _ask(self, method: str, route: str, bearer: str = "", expected: int = 200, **fields: str) -> Any:
        with self.balancer.turn() as port:
            status, answer = ask(port, method, f"/api/{route}", bearer, **fields)
        name = route.partition("?")[0]
        if status != expected:
            self.faults.append(f"{method} {name}: {status} instead of {expected}: {answer}")
        self.done[name] += 1
        return answer
