"""Requests to the API: every list, count and read in the OpenAPI document, and some writes."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from http.client import HTTPConnection
from random import Random
from typing import Any
from urllib.parse import urlencode

from operations.demo.people import person

SOMEBODY = person(7, Random(7)).username  # noqa: S311  who exists in every database
METRICS = "keys=sessions-created/total,active-sessions/2026,accounts-created/2026-11"
# The places of pages in a list
PLACES = {"first": 0.0, "middle": 0.5, "90 %": 0.9}
IDS = {"accountid": "accounts", "sessionid": "sessions", "profileid": "profiles", "codeid": "reset-codes"}
OTHERS = 200  # accounts that writes change, one after another


class Api:
    """A signed-in administrator, on one connection."""

    def __init__(self, host: str, port: int, username: str, password: str) -> None:
        self.connection = HTTPConnection(host, port, timeout=120)
        self.password, self.headers, self.turn = password, dict[str, str](), 0
        form = urlencode({"username": username, "password": password})
        session = self.ask("POST", "user/create-session", form)
        self.headers = {"Authorization": f"Bearer {session['sessionid']}.{session['token']}"}
        self.own = {"accountid": session["accountid"], "sessionid": session["sessionid"]}

    def ask(self, method: str, target: str, form: str = "") -> Any:
        """Send a request, and return the JSON of the response. Raises RuntimeError unless its status is 200."""
        headers = {**self.headers, **({"Content-Type": "application/x-www-form-urlencoded"} if form else {})}
        self.connection.request(method, f"/api/{target}", form or None, headers)
        response = self.connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {target}: {response.status} {body[:200]!r}")
        return json.loads(body)

    def time(self, method: str, target: str, form: str = "") -> float:
        """Return how many milliseconds a request took, up to the last byte of its answer."""
        started = time.perf_counter()
        self.ask(method, target, form)
        return (time.perf_counter() - started) * 1000

    def get(self, target: str) -> float:
        return self.time("GET", target)

    @cached_property
    def ids(self) -> dict[str, str]:
        """The ids of rows in the middle of their lists."""
        found = {}
        for name, rows in IDS.items():
            count = self.ask("GET", f"administrator/{rows}-count")
            found[name] = self.ask("GET", f"administrator/{rows}?offset={count // 2}&limit=1")[0][name]
        return found

    @cached_property
    def others(self) -> list[str]:
        """Accounts that writes may change."""
        rows = self.ask("GET", f"administrator/accounts?offset=300&limit={OTHERS}")
        return [row["accountid"] for row in rows if "administrator" not in row and "deletedAt" not in row]

    def other(self) -> str:
        self.turn += 1
        return self.others[self.turn % len(self.others)]


@dataclass(frozen=True)
class Read:
    """A read, such as the page in the middle of a list, and its target in a given database."""

    name: str
    target: Callable[[Api], str]


def reads(api: Api) -> Iterator[Read]:
    """Yield every list at several offsets, every count, and every read of a row."""
    paths = api.ask("GET", "openapi.json")["paths"]
    for path, methods in sorted(paths.items()):
        route = path.removeprefix("/api/")
        if "get" in methods and route.startswith(("user/", "administrator/")):
            parameters = {it["name"] for it in methods["get"].get("parameters", ()) if it["in"] == "query"}
            yield from _reads(route, parameters, f"{path}-count" in paths)


def _reads(route: str, parameters: set[str], has_count: bool) -> Iterator[Read]:  # noqa: FBT001
    if route.endswith("metric-keys"):
        yield Read(route, lambda _: f"{route}?{METRICS}")
    elif route.startswith("user/"):
        own = [name for name in ("accountid", "sessionid") if name in parameters][:1]
        if own:
            yield Read(route, lambda api: f"{route}?{own[0]}={api.own[own[0]]}")
    elif "offset" in parameters and has_count:
        for place, share in PLACES.items():
            yield Read(f"{route}, {place} page", partial(_page, route, share))
        yield Read(f"{route}, after the row in the middle", lambda api: _after(api, route))
        if "action" in parameters:
            filtered = f"{route}?action=create-session"
            for place, share in PLACES.items():
                yield Read(f"{filtered}, {place} page", partial(_page, filtered, share))
        if "accountid" in parameters:
            yield Read(f"{route}?accountid", lambda api: f"{route}?accountid={api.ids['accountid']}")
    elif route.endswith("-count"):
        yield Read(route, lambda _: route)
        if "action" in parameters:
            yield Read(f"{route}?action=create-session", lambda _: f"{route}?action=create-session")
        if "accountid" in parameters:
            yield Read(f"{route}?accountid", lambda api: f"{route}?accountid={api.ids['accountid']}")
    elif parameters & IDS.keys():
        (name,) = parameters & IDS.keys()
        yield Read(route, lambda api: f"{route}?{name}={api.ids[name]}")


def _offset(api: Api, route: str, share: float) -> int:
    name, _, query = route.partition("?")
    return int(api.ask("GET", f"{name}-count?{query}") * share)


def _page(route: str, share: float, api: Api) -> str:
    return f"{route}{'&' if '?' in route else '?'}offset={_offset(api, route, share)}"


def _after(api: Api, route: str) -> str:
    (row,) = api.ask("GET", f"{route}?offset={_offset(api, route, 0.5)}&limit=1")
    pk = next(iter(row.values()))
    return f"{route}?after={pk}&offset={_offset(api, route, 0.25)}"


@dataclass(frozen=True)
class Write:
    """A write, and a function that sends it and returns its milliseconds."""

    name: str
    send: Callable[[Api], float]


def writes() -> Iterator[Write]:
    """Yield the writes that happen most often."""
    code = urlencode({"secret-code": "Kx82mQz71pLw"})
    profile = urlencode({"full-name": "Ada Lovelace", "contact-email": "ada@example.com"})
    yield Write(
        "POST user/create-account",
        lambda api: api.time(
            "POST",
            "user/create-account",
            urlencode({"username": secrets.token_hex(8), "password": api.password}),
        ),
    )
    yield Write(
        "POST user/create-profile",
        lambda api: api.time("POST", f"user/create-profile?accountid={api.own['accountid']}", profile),
    )
    yield Write(
        "POST administrator/create-reset-code",
        lambda api: api.time("POST", f"administrator/create-reset-code?accountid={api.other()}", code),
    )
    yield Write(
        "PATCH administrator/reset-session-key",
        lambda api: api.time("PATCH", f"administrator/reset-session-key?accountid={api.other()}"),
    )
    yield Write(
        "DELETE administrator/delete-account",
        lambda api: api.time("DELETE", f"administrator/delete-account?accountid={api.others.pop()}"),
    )
