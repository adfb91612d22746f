"""Clients that are slow, silent or many, and an instance whose clock is wrong."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from time import sleep

from benchmarks.revocation.revocation_scenarios import SCENARIOS, user_confirm_second_factor
from faults.catalogue.databases import plain
from faults.checker.verdict import Bounds
from faults.fleet import Fleet, new_folder, populate, settings, start_servers, this_release
from faults.running import Fault, Group
from throwaway.dashboard import wrong_clock
from throwaway.postgresql import postgresql
from throwaway.programs import HOST
from throwaway.redis import redis_server

UNHURT = Bounds(may_be_unavailable=False)
POST = f"POST /api/user/create-session HTTP/1.1\r\nHost: {HOST}\r\n"
LIST = "GET /api/administrator/sessions?all=true HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {bearer}\r\n\r\n"
AHEAD = "+300s"


def connected(count: int, start: str, fleet: Fleet, seconds: float, buffer: int = 0) -> None:
    """Open so many connections to each server, send the start of a request on each, and then neither send nor read."""
    bearer = f"{fleet.administrator.sessionid}.{fleet.administrator.token}"
    with ExitStack() as stack:
        for server in fleet.servers:
            for _ in range(count):
                client = stack.enter_context(socket.socket())
                if buffer:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
                client.connect((HOST, server.port))
                client.sendall(start.replace("{bearer}", bearer).replace("{host}", HOST).encode())
        sleep(seconds)


CLIENTS = Group(
    "slow clients",
    plain,
    (
        Fault("slow-headers", "500 clients send half of their headers", partial(connected, 250, POST), 6, UNHURT),
        Fault(
            "slow-bodies",
            "500 clients send the beginning of a body",
            partial(connected, 250, f"{POST}Content-Length: 1000\r\n\r\nusername="),
            6,
            UNHURT,
        ),
        Fault(
            "slow-readers",
            "40 clients ask for a list of all sessions, and do not read it",
            partial(connected, 20, LIST, buffer=4_096),
            6,
            UNHURT,
        ),
        Fault("idle-clients", "2,000 connections on which nothing is sent", partial(connected, 1_000, ""), 6, UNHURT),
    ),
)


@contextmanager
def with_a_wrong_clock(persons: int) -> Iterator[Fleet]:
    """Two servers, the second of which takes it to be five minutes later. Needs faketime."""
    with ExitStack() as stack:
        clock = wrong_clock(AHEAD)
        folder, database = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        cache = stack.enter_context(redis_server())
        fleet = Fleet(this_release(settings(database.url(), cache.url())), folder, database, redis=cache)
        # Codes of authenticator apps are made by the clock, and so refused by an instance whose clock is wrong.
        fleet.scenarios = [scenario for scenario in SCENARIOS if scenario is not user_confirm_second_factor]
        populate(fleet, persons)
        start_servers(fleet, stack, {}, clock)
        yield fleet


def clock_ahead(fleet: Fleet, seconds: float) -> None:
    """Wait: the clock is wrong all the time."""
    sleep(seconds)


CLOCK = Group(
    "clocks",
    with_a_wrong_clock,
    (Fault("clock-ahead", "the clock of one of two instances is 5 minutes ahead", clock_ahead, 5, UNHURT),),
)
GROUPS = (CLIENTS, CLOCK)
