"""The proxies of the documentation pass on nothing that a client claims, to Dashboard or to an application."""

import http.client
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import yaml
from django.conf import settings

from tests.e2e.test_forward_auth import NGINX, PAGE, PATH, TOLD, caddy, nginx, proxying
from tests.e2e.test_path_prefix import ask
from tests.gateway.serving import eventually
from throwaway.programs import free_port

DOCS = Path(settings.BASE_DIR) / "docs"
TRUSTED = (
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Prefix",
    "X-Script-Name",
    "X-Request-ID",
)  # by Dashboard
OFTEN_TRUSTED = ("X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP", "Forwarded")  # by applications
KEPT = {"Cookie": "a=cookie", "Authorization": "Bearer a.credential", "User-Agent": "a-browser"}


def spellings(name: str) -> set[str]:
    """Return a name as application servers may read it: with underscores or dots for some hyphens, or for all."""
    return {
        name,
        name.lower(),
        *(spelled for it in "_." for spelled in (name.replace("-", it), it.join(name.rsplit("-", 1)))),
    }


def smuggled(names: tuple[str, ...]) -> dict[str, str]:
    return {spelling: "smuggled" for name in names for spelling in spellings(name)}


class Server(ThreadingHTTPServer):
    """Dashboard and the application in one, which notes the path and the headers of each request."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, list[tuple[str, str]]]] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers.items()))
        self.send_response(204 if self.path.startswith("/api/check") else 200)
        self.send_header("X-Account-Id", "acct_0123456789abcdef")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Write nothing."""


def application_page(folder: Path, port: int, ports: dict[str, int]) -> list[str]:
    """Return the command of nginx with the configuration of docs/applications.md."""
    found = re.search(r"```nginx\n(.*?)```", (DOCS / "applications.md").read_text(), re.DOTALL)
    assert found
    numbers = ports | {"8080": port}
    text = re.sub(r"\b(8000|3000|8080)\b", lambda match: str(numbers[match[1]]), found[1])
    (folder / "nginx.conf").write_text(text)
    return ["nginx", "-p", str(folder), "-c", "nginx.conf", "-g", "daemon off; master_process off;"]


def below_a_path(folder: Path, port: int, ports: dict[str, int]) -> list[str]:
    """Return the command of nginx with the configuration of docs/operations.md."""
    found = re.search(r"```nginx\n(location /auth/ .*?)```", (DOCS / "operations.md").read_text(), re.DOTALL)
    assert found
    location = found[1].replace("127.0.0.1:8000", f"127.0.0.1:{ports['8000']}")
    server = f"server {{ listen 127.0.0.1:{port}; {location} }}"
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, server=server))
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


@dataclass(frozen=True)
class Documented:
    """A configuration, the headers that it has to replace, and what a client asks it for."""

    command: Callable[[Path, int, dict[str, int]], list[str]]
    names: tuple[str, ...]
    paths: tuple[str, ...]


EVERYTHING = (*TRUSTED, *OFTEN_TRUSTED, *TOLD)
DOCUMENTED = {
    "nginx": Documented(nginx, EVERYTHING, ("/", "/manage/", "/public/page", "/api/errors")),
    "caddy": Documented(caddy, EVERYTHING, ("/", "/manage/", "/public/page", "/api/errors")),
    "nginx of applications.md": Documented(application_page, EVERYTHING, ("/", "/api/errors")),
    "nginx of operations.md": Documented(below_a_path, TRUSTED, ("/auth/api/errors",)),
}


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def is_answered(port: int, path: str) -> bool:
    try:
        return ask(port, "GET", path).status == 200
    except (OSError, http.client.HTTPException):
        return False


@pytest.mark.process
@pytest.mark.infrastructure
@pytest.mark.parametrize("kind", DOCUMENTED)
def test_nothing_that_a_client_claims_is_passed_on(kind: str, server: Server, tmp_path: Path) -> None:
    documented, port = DOCUMENTED[kind], free_port()
    command = documented.command(tmp_path, port, dict.fromkeys(("8000", "3000"), server.server_port))
    if shutil.which(command[0], path=PATH) is None:
        pytest.skip(f"needs {command[0]}")
    with proxying(command, tmp_path):
        eventually(lambda: is_answered(port, documented.paths[-1]))
        for path in documented.paths:
            server.requests.clear()
            assert ask(port, "GET", path, None, **KEPT, **smuggled(documented.names)).status == 200
            assert len(server.requests) == 1 + (path in ("/", "/manage/")), path  # after the check
            for asked, headers in server.requests:
                assert [name for name, value in headers if "smuggled" in value] == [], (path, asked)
                assert KEPT.items() <= {*headers}, (path, asked)


def test_traefik_removes_what_it_does_not_replace_from_each_request() -> None:
    static, dynamic = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL))
    assert {it["http"]["aliasHeadersStrategy"] for it in static["entryPoints"].values()} == {"delete"}
    middlewares = dynamic["http"]["middlewares"]
    replaced = {"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-IP"}
    removed = middlewares["without-claims"]["headers"]["customRequestHeaders"]
    assert {name.lower() for name in removed} == {name.lower() for name in {*EVERYTHING} - replaced}
    assert {*removed.values()} == {""}
    assert {it["middlewares"][0] for it in dynamic["http"]["routers"].values()} == {"without-claims"}
    checks = [it["forwardAuth"] for it in middlewares.values() if "forwardAuth" in it]
    assert [{*it["authRequestHeaders"]} for it in checks] == [{*KEPT}] * 2
    assert [{*map(str.lower, it["authResponseHeaders"])} for it in checks] == [{*TOLD}] * 2
