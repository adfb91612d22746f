"""A clock for the cache."""

import pytest

from dashboard.cache import breaker, rows


class Clock:
    """Stands still unless a test moves it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    time = monotonic


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rows, "time", clock)
    monkeypatch.setattr(breaker, "time", clock)
    return clock
