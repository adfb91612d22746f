"""Writers that overlap and workers that are killed, in processes: every event arrives once, in the order of commits.

`python -m benchmarks.feed` does the same with 10,000 events.
"""

import pytest

from benchmarks.feed import scenario
from tests.factories import AccountFactory

pytestmark = [pytest.mark.process, pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


def test_every_event_arrives_once_and_in_order(monkeypatch):
    AccountFactory.create_batch(6)
    found = scenario.run(160, writers=4, workers=2, kills=1)
    assert found.faults == []
    assert (found.events, found.kills) == (160, 1)
    assert found.sent >= 320
