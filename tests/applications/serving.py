"""Serve an example application, with the client from the checkout, beside a real Dashboard."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from django.conf import settings

from benchmarks.processes import HOST, Program, running
from tests.gateway.serving import Server
from throwaway.programs import free_port

PROJECT = Path(settings.BASE_DIR)
EXAMPLES = {"flask": "wsgi", "fastapi": "asgi", "django": "wsgi"}
PASSWORD, NEW_PASSWORD = "a password of hers", "another password of hers"
PAGE = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla/5.0 Firefox/151.0"}
SECONDS = 60


@dataclass(frozen=True)
class Application:
    """An example application that is served, and the file with what it prints."""

    address: str
    log: Path

    def browser(self) -> httpx.Client:
        """Return a browser without cookies, which follows no redirect by itself."""
        return httpx.Client(base_url=self.address, headers=PAGE, timeout=SECONDS)

    def printed_code(self, username: str) -> str:
        """Return the last reset code that was sent to somebody."""
        return re.findall(rf"To {username}: your code is ([\w-]+)", self.log.read_text())[-1]


@contextmanager
def application(name: str, dashboard: str, folder: Path, **environment: str) -> Iterator[Application]:
    """Serve an example beside the Dashboard at an address."""
    port = free_port()
    given = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT / "clients/python/src"),
        "DASHBOARD": dashboard,
        **environment,
    }
    command = [sys.executable, "-m", "granian", "--interface", EXAMPLES[name], "--host", HOST, "--port", str(port)]
    program = Program(name, [*command, "application:app"], port, given, directory=PROJECT / "examples" / name)
    with running(program, folder):
        yield Application(f"http://{HOST}:{port}", folder / f"{name}.log")


def credential(server: Server, *scopes: str) -> str:
    """Return the token of a new service credential."""
    program = (
        "from dashboard.core.actor import Actor\n"
        "from service_credentials.services.credentials import create_credential\n"
        f"print(create_credential('application', {scopes!r}, [], None, Actor.command_line())[1])"
    )
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-v0", "-c", program]
    said = subprocess.run(command, env=server.environment, check=True, capture_output=True, text=True).stdout
    return said.strip()


def register(browser: httpx.Client, username: str) -> None:
    """Register, which signs in."""
    answer = browser.post("/register", data={"username": username, "password": PASSWORD})
    assert (answer.status_code, answer.headers.get("Location")) in ((302, "/"), (303, "/")), answer.text


def sign_in(browser: httpx.Client, username: str, password: str = PASSWORD, target: str = "/sign-in") -> httpx.Response:
    return browser.post(target, data={"username": username, "password": password})
