"""A webhook receiver on a local port, which can verify signatures as Standard Webhooks specifies."""

import hmac
import json
import sys
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    messageid: str
    timestamp: int
    signatures: list[str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)["data"]

    def is_signed_by(self, secret: str) -> bool:
        """Return whether one of the signatures was made with this secret, by the rules of the specification."""
        content = b".".join([self.messageid.encode(), str(self.timestamp).encode(), self.body])
        digest = hmac.new(b64decode(secret.removeprefix("whsec_")), content, sha256).digest()
        return f"v1,{b64encode(digest).decode()}" in self.signatures


@dataclass
class Receiver:
    """The messages that have arrived, in order. `answer` decides the status of each response."""

    answer: Callable[[Received], int] = lambda received: 204
    received: list[Received] = field(default_factory=list)
    known: set[str] = field(default_factory=set)
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks?of=dashboard"

    @property
    def ids(self) -> list[str]:
        return [it.messageid for it in self.received]

    def first_arrivals(self) -> list[Received]:
        """Return each message once, as a receiver that skips known ids sees them."""
        first: dict[str, Received] = {}
        for received in self.received:
            first.setdefault(received.messageid, received)
        return list(first.values())


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *args: Any) -> None:
        """Ignore broken connections: senders may be killed while they send."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(*args)


@contextmanager
def receiving(answer: Callable[[Received], int] = lambda received: 204) -> Iterator[Receiver]:
    receiver, lock = Receiver(answer), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:  # the sender was killed
                self.close_connection = True
                return
            received = Received(
                self.headers["webhook-id"],
                int(self.headers["webhook-timestamp"]),
                self.headers["webhook-signature"].split(),
                body,
            )
            with lock:
                receiver.received.append(received)
                receiver.known.add(received.messageid)
            self.send_response(receiver.answer(received))
            self.send_header("Location", receiver.url)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Log nothing."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=[0.01])
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
