"""`manage.py serve`: the production server."""

import os
import signal
import socket
from copy import deepcopy
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

if TYPE_CHECKING:
    from dashboard_project.wsgi import Application

THREADS = 8  # a process: sign-ins spend theirs in bcrypt, which must not keep others waiting
STOP_SECONDS = 30  # for requests that are under way; a statement has 5


def application() -> "Application":
    """What a worker serves, loaded in its process.

    Ctrl-C reaches the server and all of its workers, and the server then ends each by SIGTERM. Workers leave the former
    alone: one that is told twice to stop may wait for ever.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    from dashboard_project.wsgi import application  # noqa: PLC0415  it starts threads, and is for workers alone

    return application


class Command(BaseCommand):
    help = "Serve Dashboard with granian on HOST and PORT, with WORKERS processes."

    def handle(self, *args: Any, **options: Any) -> None:
        address = f"http://{settings.HOST}:{settings.PORT}"
        try:
            family, _, _, _, place = socket.getaddrinfo(settings.HOST, settings.PORT, type=socket.SOCK_STREAM)[0]
            socket.create_server(place[:2], family=family).close()
        except OSError as error:
            raise CommandError(f"{address} cannot be served: {error.strerror}.") from error
        self.stdout.write(f"Dashboard serves {address}. Stop it with Ctrl-C.")
        self.stdout.write(f"Its routes are at {address}/api/docs, the administrators' site at {address}/admin/.")
        self.stdout.write(
            "If there is no account yet, make the first, which is the owner's: curl"
            f" --data 'username=administrator&password=change-this' {address}/api/user/create-account"
        )
        with TemporaryDirectory(prefix="dashboard-") as directory:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory  # where the workers count: see wsgi.py
            Granian(
                "dashboard_project.wsgi:application",
                address=str(place[0]),
                port=settings.PORT,
                interface=Interfaces.WSGI,
                http=HTTPModes.http1,  # what a proxy speaks; HTTP/2 has bodies whose length WSGI is not told
                respawn_failed_workers=True,
                workers=settings.WORKERS,
                blocking_threads=THREADS,
                log_level=LogLevels.error,
                log_dictconfig=deepcopy(settings.LOGGING),  # granian writes into it
                workers_kill_timeout=STOP_SECONDS,
                websockets=False,
            ).serve(target_loader=application, wrap_loader=False)
