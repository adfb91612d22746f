"""A service with sessions, as Dashboard has them on the wire, which can be made to break each promise."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Faults:
    """What the service does wrong."""

    accepts_ended: bool = False
    refuses_valid: bool = False
    answers: int = 200
    hangs: bool = False
    cuts: bool = False
    hides_changes: bool = False


@dataclass
class Service:
    """The port of a service, its sessions by whether they are live, and what it does wrong."""

    port: int = 0
    sessions: dict[str, bool] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)  # accounts that are scheduled for deletion
    faults: Faults = field(default_factory=Faults)
    over: Event = field(default_factory=Event)


class Server(ThreadingHTTPServer):
    service: Service

    def handle_error(self, *args: Any) -> None:
        """Write nothing."""


class Handler(BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        service, faults = self.server.service, self.server.service.faults
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if faults.hangs:
            service.over.wait(60)
        if faults.cuts:
            self.close_connection = True
            return
        if faults.answers != 200:
            self.send(faults.answers, {"object": "error"})
            return
        self.send(*self.done(service, faults))

    def done(self, service: Service, faults: Faults) -> tuple[int, Any]:
        route, query = urlsplit(self.path).path.rpartition("/")[2], parse_qs(urlsplit(self.path).query)
        if route == "session":
            is_live = service.sessions.get(query["sessionid"][0], False)
            is_accepted = not faults.refuses_valid if is_live else faults.accepts_ended
            return (200, {"ended": False}) if is_accepted else (401, {"object": "auth"})
        if route == "set-session-ended":
            service.sessions[query["sessionid"][0]] = False
            return 200, {"ended": True}
        if route == "set-account-deleted":
            service.deleted += query["accountid"]
            return 200, {"accountid": query["accountid"][0]}
        if route == "deleted-accounts":
            return 200, [{"accountid": it} for it in service.deleted if not faults.hides_changes]
        sessionid = f"sess_{token_hex(8)}"
        service.sessions[sessionid] = True
        return 200, {"sessionid": sessionid, "token": token_hex(8)}

    def send(self, status: int, answer: Any) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = answer  # noqa: N815  the names that http.server calls

    def log_message(self, *args: Any) -> None:
        """Write nothing."""


@contextmanager
def serving() -> Iterator[Service]:
    with Server(("127.0.0.1", 0), Handler) as server:
        server.service = Service(server.server_port)
        Thread(target=server.serve_forever, args=[0.01]).start()  # seconds between looks at whether it is to stop
        try:
            yield server.service
        finally:
            server.service.over.set()
            server.shutdown()
