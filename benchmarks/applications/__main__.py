"""End sessions that two processes of an application remember, and measure how long each is still accepted.

Run `python -m benchmarks.applications` with DATABASE_URL and REDIS_URL; the accounts stay in the database. In a second
run, the feed is cut off after five seconds: from then on, the application has to ask Dashboard.
"""

import argparse
import secrets
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx
from dashboard_client import Dashboard
from dashboard_client.generated.models import Session
from dashboard_client.transport import no_cookies

from benchmarks.applications.served import Served, served

PASSWORD = "a password of people who do not exist"  # noqa: S105  of people who do not exist
THREADS = 8
WARM_UP = 3  # requests to each process before the session is ended
SEEN_FOR = 10.0  # seconds after which a session that is still accepted is no longer watched


@dataclass(frozen=True)
class Outcome:
    """How many seconds a process of the application accepted an ended session for (0: never), and the requests sent."""

    seconds: float
    requests: int


@dataclass(frozen=True)
class Person:
    """A thread's account and its connections."""

    username: str
    api: Dashboard
    browser: httpx.Client


def main() -> None:
    """Print what was found, and exit with status 1 if a session was accepted for longer than the bound."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--revocations", type=int, default=10_000, help="how many sessions to end (10000)")
    parser.add_argument("--within", type=float, default=1.0, help="the bound in seconds (1)")
    options = parser.parse_args()
    with served(options.within) as it:
        whole = report("feed followed", list(run(it, options.revocations)))
        timer = threading.Timer(5, it.line.cut)
        timer.start()
        cut = report("feed cut off after 5 s", list(run(it, max(options.revocations // 10, 200))))
    if max(whole, cut) > options.within:
        sys.exit(f"An ended session was accepted for longer than {options.within:g} s.")


def run(it: Served, revocations: int) -> Iterator[Outcome]:
    """End this many sessions in several threads, and yield the outcome in each process of the application."""
    share = [revocations // THREADS + (number < revocations % THREADS) for number in range(THREADS)]
    with ThreadPoolExecutor(THREADS) as pool:
        for outcomes in pool.map(lambda number: one_person(it, number), share):
            yield from outcomes


def one_person(it: Served, revocations: int) -> list[Outcome]:
    """Sign one person in and out this many times."""
    outcomes = []
    with Dashboard(it.dashboard) as api, httpx.Client(cookies=no_cookies(), timeout=30) as browser:
        person = Person(f"bench-{secrets.token_hex(8)}", api, browser)
        api.user.create_account(username=person.username, password=PASSWORD)
        for _ in range(revocations):
            outcomes += revoke(it, person)
    return outcomes


def revoke(it: Served, person: Person) -> list[Outcome]:
    """Sign in, have every process remember it, sign out, and ask each until it refuses."""
    session = person.api.user.create_session(username=person.username, password=PASSWORD)
    for address in it.applications * WARM_UP:
        if not is_accepted(person, address, session):
            sys.exit("A valid session was refused.")
    person.api.signed_in(session).user.set_session_ended(sessionid=session.sessionid)
    ended = time.monotonic()
    return watched(it, person, session, ended)


def watched(it: Served, person: Person, session: Session, ended: float) -> list[Outcome]:
    """Ask the processes in turn until each has refused the session three times in a row."""
    last, requests = dict.fromkeys(it.applications, ended), dict.fromkeys(it.applications, 0)
    refused = dict.fromkeys(it.applications, 0)
    while min(refused.values()) < WARM_UP and time.monotonic() - ended < SEEN_FOR:
        for address in it.applications:
            begun = time.monotonic()
            requests[address] += 1
            if is_accepted(person, address, session):
                last[address], refused[address] = begun, 0
            else:
                refused[address] += 1
    return [Outcome(last[address] - ended, requests[address]) for address in it.applications]


def is_accepted(person: Person, address: str, session: Session) -> bool:
    """Return whether the application accepts a session. Exits if the answer is neither 200 nor 401."""
    headers = {"Cookie": f"sessionid={session.sessionid}; token={session.token}"}
    status = person.browser.get(f"{address}/", headers=headers).status_code
    if status not in (httpx.codes.OK, httpx.codes.UNAUTHORIZED):
        sys.exit(f"The application has answered with status {status}.")
    return status == httpx.codes.OK


def report(title: str, outcomes: list[Outcome]) -> float:
    """Print a line, and return the longest time."""
    seconds = sorted(outcome.seconds for outcome in outcomes)
    accepted = sum(it > 0 for it in seconds)
    median, late = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
    sys.stdout.write(
        f"{title}: {len(outcomes)} outcomes, one for each session and process. Accepted after the end: {accepted}. "
        f"For how long: median {median * 1000:.0f} ms, 99% {late * 1000:.0f} ms, longest {seconds[-1] * 1000:.0f} ms. "
        f"Requests after the end: {sum(outcome.requests for outcome in outcomes)}.\n"
    )
    sys.stdout.flush()
    return seconds[-1]


if __name__ == "__main__":
    main()
