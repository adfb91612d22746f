"""A circuit breaker for the cache, and the marks that could not be made while it failed."""

import time
from collections.abc import Iterable

OPEN_SECONDS = 2.0


class CircuitBreaker:
    """Leave a store that has failed alone for OPEN_SECONDS, so that a dead Redis costs no time-out per request.

    The pattern is M. Nygard's ("Release It!"). While the circuit is open, `allows` answers False. Then one caller at a
    time is let through to try again; `reset` closes the circuit.
    """

    def __init__(self) -> None:
        self._open_until = 0.0

    @property
    def is_open(self) -> bool:
        return bool(self._open_until)

    def allows(self) -> bool:
        """Whether this caller may ask the store."""
        if not self._open_until:
            return True
        if time.monotonic() < self._open_until:
            return False
        self.trip()  # other callers wait for what this one finds
        return True

    def trip(self) -> None:
        """Open the circuit, after a failure."""
        self._open_until = time.monotonic() + OPEN_SECONDS

    def reset(self) -> None:
        """Close the circuit, after a success."""
        self._open_until = 0.0


class PendingMarks:
    """Keys that could not be marked dirty, each for as long as an older entry might still be believed.

    Beyond `limit` keys all are dropped: then only the lifetime of entries bounds how long they are believed.
    """

    def __init__(self, seconds: float, limit: int = 100_000) -> None:
        self.seconds, self.limit = seconds, limit
        self._until: dict[str, float] = {}

    def __bool__(self) -> bool:
        return bool(self._until)

    def __len__(self) -> int:
        return len(self._until)

    def add(self, keys: Iterable[str]) -> None:
        if len(self._until) > self.limit:
            self._until.clear()
        self._until.update(dict.fromkeys(keys, time.monotonic() + self.seconds))

    def clear(self) -> None:
        self._until.clear()

    def current(self) -> dict[str, float]:
        """Return the keys, and until when (`monotonic`) each is worth marking."""
        return self._until.copy()

    def remove(self, done: dict[str, float]) -> None:
        """Remove these keys, as `current` gave them; one that has failed again meanwhile stays."""
        for key, until in done.items():
            if self._until.get(key) == until:
                self._until.pop(key, None)
