"""Requests to the proxies of deploy/, and what their servers log."""

import json
import os
from pathlib import Path
from urllib.parse import urlencode

from tests.e2e.test_path_prefix import Answer
from throwaway.proxies import NAME, Proxy

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def ask(proxy: Proxy, path: str, method: str = "GET", body: dict[str, str] | None = None, **headers: str) -> Answer:
    connection = proxy.connection()
    try:
        sent = {"Host": NAME, **(FORM if body else {}), **{k.replace("_", "-"): v for k, v in headers.items()}}
        connection.request(method, path, urlencode(body) if body else None, sent)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


def logged_addresses(log: Path) -> set[str]:
    """Return the addresses of the requests in a server's log."""
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return {line["address"] for line in lines if line.get("logger") == "dashboard.requests"}


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)
