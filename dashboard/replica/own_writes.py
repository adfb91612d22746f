"""Who has written lately, and so reads from the primary: a replica may not have it yet.

Each event marks its actor in Redis once its transaction is committed, and before the request is answered. The mark
stays for as long as a replica that is in use may be behind, and a second for clocks that differ.
"""

import time
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from dashboard.cache.rows import row_cache
from dashboard.core.actor import Actor

GRACE_SECONDS = 1

_blind_until = 0.0  # by the monotonic clock: until then, this process has a write that Redis was not told of


def note(actor: Actor) -> None:
    """Mark an actor when the transaction is committed. Without READ_DATABASE_URL do nothing."""
    if not (settings.READ_DATABASE_URL and (keys := _keys(actor))):
        return
    mark, current = Mark(tuple(keys)), transaction.get_connection()
    savepoints = set(current.savepoint_ids)
    if not any(within == savepoints and pending == mark for within, pending, _ in current.run_on_commit):
        transaction.on_commit(mark, robust=True)


def has_written(actor: Actor) -> bool:
    """Return whether an actor may have written what the replica does not have; True if that is unknown."""
    keys = _keys(actor)
    if not keys or time.monotonic() < _blind_until:
        return True
    found = row_cache.look_up(*keys)
    return found is None or bool(found)


def _keys(actor: Actor) -> list[str]:
    return [f"wrote:{settings.APPID}:{it}" for it in (actor.accountid, actor.credentialid) if it]


@dataclass(frozen=True)
class Mark:
    """Marks an actor, once for all events of a transaction. A hook of `on_commit`."""

    keys: tuple[str, ...]

    def __call__(self) -> None:
        global _blind_until  # noqa: PLW0603
        seconds = settings.READ_DATABASE_MAXIMUM_LAG + GRACE_SECONDS
        if not row_cache.leave(self.keys, seconds):
            _blind_until = time.monotonic() + seconds
