"""The worker that delivers events: several processes may run at once, and each may be killed at any moment."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import timedelta
from time import monotonic, sleep

from django.db import Error as DatabaseError
from django.db import close_old_connections

from dashboard.core.crypto.encryption import UnreadableSecretError
from dashboard.db.availability import leave_useless_connection
from webhooks.models import Delivery
from webhooks.services import queue
from webhooks.services.sending import CONCURRENCY, Outcome, Sender

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.25  # between two looks for new events
RETRY_SECONDS = 5.0  # after the database could not be reached
STOP_SECONDS = 25.0  # longer than an attempt takes
KEEP_DEAD = timedelta(days=30)
HOUSEKEEPING_SECONDS = 3600.0


class Worker:
    """Puts events into queues, and sends what may be sent, until `stop`; then waits for the messages on their way."""

    def __init__(self, sender: Sender, concurrency: int = CONCURRENCY) -> None:
        self.sender, self.concurrency = sender, concurrency
        self.delivered = self.failed = 0
        self._stopping = threading.Event()
        self._sending: dict[Future[Outcome], Delivery] = {}
        self._tidy_at = self._fetch_at = 0.0

    def stop(self) -> None:
        """Begin no more attempts. For signal handlers."""
        self._stopping.set()

    def run(self) -> None:
        """Work until `stop`. A database that does not answer is asked again."""
        while not self._stopping.is_set():
            self._attempt(self._turn)
        self._collect_rest()

    def run_once(self) -> None:
        """Deliver everything that may be sent now, and return."""
        while not self._stopping.is_set():
            fetched = self._fetch()
            begun = self._begin()
            if not (fetched or begun or self._sending):
                self._tidy()
                return
            self._collect()
        self._collect_rest()

    def _collect_rest(self) -> None:
        """Collect all that is on its way, unless the database stays away: then it is sent again after its lease."""
        give_up_at = monotonic() + STOP_SECONDS
        while self._sending and monotonic() < give_up_at:
            self._attempt(self._collect)
        if self._sending:
            logger.error("Messages that will be sent again, as no outcome could be stored: %d", len(self._sending))

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except DatabaseError as error:
            logger.error("The database cannot be used; trying again. %s", error)  # noqa: TRY400
            close_old_connections()
            leave_useless_connection(error)
            self._pause()

    def _pause(self) -> None:
        """Wait before the next attempt, also after `stop`, when the event waits for nothing any more."""
        if self._stopping.is_set():
            sleep(RETRY_SECONDS)
        else:
            self._stopping.wait(RETRY_SECONDS)

    def _turn(self) -> None:
        fetched = self._fetch()
        begun = self._begin()
        if self._sending:
            self._collect()
        elif not (fetched or begun):
            self._tidy()
            self._stopping.wait(LOOK_SECONDS)

    def _fetch(self) -> int:
        """Look for new events, every LOOK_SECONDS while there is something to send."""
        if self._sending and monotonic() < self._fetch_at:
            return 0
        self._fetch_at = monotonic() + LOOK_SECONDS
        return queue.fetch_all()

    def _begin(self) -> int:
        """Begin to send as many as there is room for."""
        room = self.concurrency - len(self._sending)
        sending = (delivery.webhook_id for delivery in self._sending.values())
        deliveries = queue.lease(room, sending) if room > 0 else []
        for delivery in deliveries:
            self._sending[self._send(delivery)] = delivery
        return len(deliveries)

    def _send(self, delivery: Delivery) -> "Future[Outcome]":
        try:
            return self.sender.send(queue.message_of(delivery))
        except UnreadableSecretError:
            failed: Future[Outcome] = Future()
            failed.set_result(Outcome(error="No key in DASHBOARD_ENCRYPTION_KEY decrypts the secret."))
            return failed

    def _collect(self) -> None:
        """Wait a moment for messages on their way, and store their outcomes."""
        done, _ = wait(list(self._sending), LOOK_SECONDS, FIRST_COMPLETED)
        queue.finish([(self._sending[future], future.result()) for future in done])
        for future in done:
            del self._sending[future]
            self.delivered += future.result().is_success
            self.failed += not future.result().is_success

    def _tidy(self) -> None:
        if monotonic() >= self._tidy_at:
            self._tidy_at = monotonic() + HOUSEKEEPING_SECONDS
            queue.forget_dead(KEEP_DEAD)
