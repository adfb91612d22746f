"""A network that can be cut: a relay between a client and a server, in threads of this process."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Lock, Thread

from throwaway.programs import HOST


class Relay:
    """Forwards connections to a port until it is cut. While it is cut, it accepts none."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.listener: socket.socket | None = None
        self.ends: set[socket.socket] = set()
        self.lock = Lock()
        self.port = 0
        self.mend()

    def mend(self) -> None:
        """Accept connections, on the same port as before."""
        self.listener = socket.create_server((HOST, self.port))
        self.port = self.listener.getsockname()[1]
        Thread(target=self._accept, args=[self.listener], daemon=True).start()

    def cut(self) -> None:
        """Break all connections, and refuse new ones."""
        if self.listener:
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for connections
            self.listener.close()
            self.listener = None
        with self.lock:
            ends, self.ends = self.ends, set()
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((HOST, self.target), timeout=5)
            except OSError:
                client.close()
                continue
            server.settimeout(None)
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.ends |= {client, server}
                is_cut = listener is not self.listener
            if is_cut:  # while the server was being connected
                self._close(client, server)
                return
            for one, other in ((client, server), (server, client)):
                Thread(target=self._pass, args=[one, other], daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while part := source.recv(65_536):
                target.sendall(part)
        self._close(source, target)

    def _close(self, *ends: socket.socket) -> None:
        with self.lock:
            self.ends -= {*ends}
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@contextmanager
def relay(target: int) -> Iterator[Relay]:
    made = Relay(target)
    try:
        yield made
    finally:
        made.cut()
