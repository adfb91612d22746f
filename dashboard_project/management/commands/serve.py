"""`manage.py serve`: run the production server."""

import logging
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

from dashboard.core.workers import THREADS_PER_WORKER
from operations.checks import check_compatibility

if TYPE_CHECKING:
    from dashboard_project.proxies import Application

logger = logging.getLogger(__name__)

STOP_SECONDS = 30  # for requests in progress; a statement is limited to 5 seconds


def application() -> "Application":
    """Load the WSGI application in a worker process.

    Ctrl-C sends SIGINT to the server and to its workers, and the server then stops each worker by SIGTERM. Workers
    block SIGINT, because a worker that is stopped twice may never exit.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    from dashboard_project.wsgi import application  # noqa: PLC0415  it starts threads, which only workers need

    return application


class Command(BaseCommand):
    help = "Serve Dashboard with granian on HOST and PORT, with WORKERS processes."

    def handle(self, *args: Any, **options: Any) -> None:
        url = f"http://{settings.HOST}:{settings.PORT}"
        try:
            address = _free_address()
        except OSError as error:
            raise CommandError(f"Cannot listen on {url}: {error.strerror}.") from error
        self._announce(url)
        _warn_of_compatibility()
        with TemporaryDirectory(prefix="dashboard-") as directory:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory  # shared by the workers' counters: see wsgi.py
            _serve(address)

    def _announce(self, url: str) -> None:
        self.stdout.write(f"Dashboard is listening on {url}. Stop it with Ctrl-C.")
        self.stdout.write(f"API documentation: {url}/api/docs. Admin site: {url}/admin/.")
        self.stdout.write(
            "If there is no account yet, create the first one, which becomes the owner: curl"
            f" --data 'username=administrator&password=change-this' {url}/api/user/create-account"
        )


def _warn_of_compatibility() -> None:
    """Log what the doctor says about NODE_COMPATIBILITY, which weakens several defaults at once."""
    for message in check_compatibility():
        logger.warning("%s %s", message.msg, message.hint)


def _free_address() -> str:
    """Resolve HOST. Raise OSError if it is unknown or PORT is in use."""
    family, _, _, _, place = socket.getaddrinfo(settings.HOST, settings.PORT, type=socket.SOCK_STREAM)[0]
    socket.create_server(place[:2], family=family).close()
    return str(place[0])


def _serve(address: str) -> None:
    Granian(
        "dashboard_project.wsgi:application",
        address=address,
        port=settings.PORT,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,  # HTTP/2 has bodies of unknown length, which WSGI does not support
        respawn_failed_workers=True,
        workers=settings.WORKERS,
        blocking_threads=THREADS_PER_WORKER,
        log_level=LogLevels.error,
        log_dictconfig=deepcopy(settings.LOGGING),  # granian modifies it
        workers_kill_timeout=STOP_SECONDS,
        websockets=False,
    ).serve(target_loader=application, wrap_loader=False)
