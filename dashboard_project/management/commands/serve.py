"""`manage.py serve`: the production server."""

import os
import socket
from copy import deepcopy
from tempfile import TemporaryDirectory
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

THREADS = 8  # a process: sign-ins spend theirs in bcrypt, which must not keep others waiting


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
                websockets=False,
            ).serve()
