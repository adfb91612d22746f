"""`manage.py serve`: run the production server."""

import fcntl
import logging
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from errno import EADDRINUSE
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import CommandError
from django.db import Error, connection
from environs import EnvError
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from accounts.services.registration import has_accounts
from dashboard.cli.help import DocumentedCommand
from dashboard.cli.streams import silence
from dashboard.core.workers import THREADS_PER_WORKER
from dashboard.db.failures import explain
from dashboard.gateway.sockets import raise_file_limit
from dashboard.monitoring.stopping import announce_stop
from dashboard_project.environment import made_directory
from operations.checks import check_compatibility
from operations.start import refuse_cluster, refuse_unsafe_start, refuse_wrong_pooling

if TYPE_CHECKING:
    from dashboard.gateway.application import Gateway
    from dashboard_project.proxies import Application

logger = logging.getLogger(__name__)

EVERY_INTERFACE = ("0.0.0.0", "::")  # noqa: S104  not addresses that a browser can open


def application() -> "Application | Gateway":
    """Load the application in a worker process: the gateway, or only the WSGI application behind it.

    Ctrl-C sends SIGINT to the server and to its workers, and the server then stops each worker by SIGTERM. Workers
    block SIGINT, because a worker that is stopped twice may never exit.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    _schedule_as_batch()
    Thread(target=_stop_without_server, args=[os.getppid()], name="parent", daemon=True).start()
    # Importing them starts threads, which only workers need.
    if settings.GATEWAY:
        from dashboard_project.asgi import application as gateway  # noqa: PLC0415

        return gateway
    from dashboard_project.wsgi import application  # noqa: PLC0415

    return application


def _schedule_as_batch() -> None:
    """Give this worker Linux's scheduling policy SCHED_BATCH, unless it has been given another one.

    Threads that are started later inherit it. docs/decisions/0023-batch-scheduling.md explains the benefit.
    """
    if not settings.BATCH_SCHEDULING or not hasattr(os, "SCHED_BATCH"):
        return
    with suppress(OSError):  # a sandbox may forbid it: the server then runs without it
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _stop_without_server(server: int) -> None:
    """Stop this worker, as the server would, once the server has ended without doing so: by `kill -9`, or a crash."""
    while os.getppid() == server:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(settings.STOP_TIMEOUT)
    os._exit(1)


class Server(Granian):  # type: ignore[misc, valid-type]
    """Granian that keeps serving for STOP_DELAY seconds after SIGTERM. A second signal ends the delay."""

    is_leaving = False

    def signal_handler_interrupt(self, number: int, frame: Any) -> None:
        if number != signal.SIGTERM or self.is_leaving or not settings.STOP_DELAY:
            super().signal_handler_interrupt(number, frame)
            return
        self.is_leaving = True
        announce_stop()
        waiting = Timer(settings.STOP_DELAY, super().signal_handler_interrupt)
        waiting.daemon = True
        waiting.start()


def _reason(error: OSError) -> str:
    """Return why the server cannot listen, without the address, and a remedy if there is one."""
    reason = str(error.strerror).partition(" (")[0]
    return f"{reason}. Set PORT to a free one." if error.errno == EADDRINUSE else f"{reason}."


class Command(DocumentedCommand):
    help = "Serve Dashboard with granian on HOST and PORT, with WORKERS processes."

    def handle(self, *args: Any, **options: Any) -> None:
        _refuse_unsafe_start()
        url = web_address(_host())
        try:
            address = _free_address()
        except OSError as error:
            raise CommandError(f"Cannot listen on {url}: {_reason(error)}") from error
        with _whether_written_or_not():
            self._announce(url)
        _warn_of_compatibility()
        _warn_of_database()
        with TemporaryDirectory(prefix="dashboard-", dir=_temporary_folder()) as directory:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = directory  # shared by the workers' counters: see wsgi.py
            with _kept_from_cleaning(directory):
                _serve(address)

    def _announce(self, url: str) -> None:
        page = web_address("localhost") if _host() in EVERY_INTERFACE else url
        self.stdout.write(f"Dashboard is listening on {url}. Stop it with Ctrl-C.")
        self.stdout.write(f"Open {page} in a browser: it says what to do first.")
        documentation = f"API documentation: {page}/api/docs. " if settings.API_DOCS else ""
        self.stdout.write(f"{documentation}Admin site: {page}/admin/.")


@contextmanager
def _whether_written_or_not() -> Iterator[None]:
    """Serve even if standard output, which has nothing but the announcement, is closed, full, or read by nobody."""
    try:
        yield
        sys.stdout.flush()
    except OSError:
        silence(sys.stdout)


def _refuse_unsafe_start() -> None:
    try:
        refuse_unsafe_start()
        refuse_wrong_pooling()
        refuse_cluster()
    except ImproperlyConfigured as error:
        raise CommandError("\n".join(f"Dashboard cannot start. {line}" for line in str(error).splitlines())) from error


def _host() -> str:
    """Return HOST without the brackets of an IPv6 address in a URL."""
    return settings.HOST.strip("[]")


def web_address(host: str) -> str:
    """Return the address of a host, with an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def _warn_of_compatibility() -> None:
    """Log what the doctor says about NODE_COMPATIBILITY, which weakens several defaults at once."""
    for message in check_compatibility():
        logger.warning("%s %s", message.msg, message.hint)


def _warn_of_database() -> None:
    """Log why the database cannot be used. The server starts nevertheless, and uses it as soon as that is possible."""
    try:
        has_accounts()
    except Error as error:
        logger.warning("%s", explain(error) or "The database has no tables of this release: run manage.py migrate.")
    finally:
        connection.close()


def _temporary_folder() -> Path:
    """Return the folder for temporary files: DATA_DIR if no other is writable, as in a read-only container.

    Raises CommandError if there is none.
    """
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError:
        pass
    try:
        folder = made_directory(settings.DATA_DIR)
        with tempfile.TemporaryFile(dir=folder):
            os.environ["SQLITE_TMPDIR"] = str(folder)  # for SQLite's temporary files
            return folder
    except (EnvError, OSError) as error:
        raise CommandError("There is no writable folder for temporary files: set TMPDIR or DATA_DIR to one.") from error


@contextmanager
def _kept_from_cleaning(directory: str) -> Iterator[None]:
    """Keep systemd-tmpfiles, which deletes what is old, from this folder: https://systemd.io/TEMPORARY_DIRECTORIES/."""
    folder = os.open(directory, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(folder, fcntl.LOCK_SH)
        yield
    finally:
        os.close(folder)


def _free_address() -> str:
    """Resolve HOST. Raise OSError if it is unknown or PORT is in use."""
    family, _, _, _, place = socket.getaddrinfo(_host(), settings.PORT, type=socket.SOCK_STREAM)[0]
    socket.create_server(place[:2], family=family).close()
    return str(place[0])


def _serve(address: str) -> None:
    raise_file_limit()
    Server(
        "dashboard_project",
        address=address,
        port=settings.PORT,
        http=HTTPModes.http1,  # HTTP/2 has bodies of unknown length, which WSGI does not support
        respawn_failed_workers=True,
        workers=settings.WORKERS,
        log_level=LogLevels.error,
        log_dictconfig=deepcopy(settings.LOGGING),  # granian modifies it
        workers_kill_timeout=settings.STOP_TIMEOUT,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=settings.HEADER_TIMEOUT * 1000),
        backpressure=settings.MAXIMUM_CONNECTIONS,
        **_interface(),
    ).serve(target_loader=application, wrap_loader=False)


def _interface() -> dict[str, Any]:
    """Return granian's options for the gateway, which has threads of its own, or for WSGI."""
    if settings.GATEWAY:
        return {"interface": Interfaces.ASGI}
    return {"interface": Interfaces.WSGI, "blocking_threads": THREADS_PER_WORKER}
