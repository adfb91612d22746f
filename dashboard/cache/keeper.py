"""A thread that keeps the lease of the epoch fresh, so that no request waits for the database to be asked."""

import logging
import os
import threading
import time

from django.db import connection

from dashboard.cache.epochs import Epochs

logger = logging.getLogger(__name__)

RENEW_SECONDS = 0.4
IDLE_SECONDS = 30.0  # without a look-up or a mark, after which the thread waits for one
LEAST_SECONDS = 0.05  # between two questions


class Keeper:
    """Starts the thread of this process, and again in a process that was forked from it."""

    def __init__(self, epochs: Epochs) -> None:
        self.epochs = epochs
        self._pid = 0

    def start(self) -> None:
        """Start the thread unless this process has it."""
        if self._pid != os.getpid():
            self._pid = os.getpid()
            self.epochs.is_kept = True
            threading.Thread(target=self._keep, name="cache-epoch", daemon=True).start()

    def _keep(self) -> None:
        epochs = self.epochs
        while True:
            epochs.wanted.clear()
            try:
                epochs.renew()
                connection.close_if_unusable_or_obsolete()
            except Exception:  # whatever it is, the cache is not used meanwhile
                logger.exception("The epoch of the cache could not be asked for.")
            time.sleep(LEAST_SECONDS)
            epochs.wanted.wait(None if self._is_idle() else RENEW_SECONDS)

    def _is_idle(self) -> bool:
        """Whether nobody needs the lease, and nobody could rely on an old one when they do."""
        epochs = self.epochs
        is_unused = time.monotonic() - epochs.used_at > IDLE_SECONDS
        return is_unused and not (epochs.is_suspended or epochs.is_database_silent)
