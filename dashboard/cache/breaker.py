"""A circuit breaker for the cache."""

import time

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
