"""A thread that measures the replica, so that no request waits for it."""

import logging
import os
import threading
import time

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections

from dashboard.db.routers import REPLICA
from dashboard.replica.positions import ReplicaState, state

logger = logging.getLogger(__name__)

MEASURE_SECONDS = 0.5

_pid = 0


def keep() -> None:
    """Start the thread of this process where READ_DATABASE_URL is set, and again in a process that was forked."""
    global _pid  # noqa: PLW0603
    if settings.READ_DATABASE_URL and _pid != os.getpid():
        _pid = os.getpid()
        threading.Thread(target=_keep, args=[state], name="replica", daemon=True).start()


def _keep(measured: ReplicaState) -> None:
    while True:
        try:
            measure(measured)
        except Exception:  # whatever it is, the measurement grows old, and the replica is not used
            logger.exception("The replica could not be measured.")
        time.sleep(MEASURE_SECONDS)


def measure(measured: ReplicaState) -> None:
    """Measure the replica once. Connect anew after a failure: a primary that has become a standby cannot be asked."""
    is_answered = measured.measure()
    for alias in (DEFAULT_DB_ALIAS, REPLICA):
        if is_answered:
            connections[alias].close_if_unusable_or_obsolete()
        else:
            connections[alias].close()
