"""What a lookup that the cache has costs: one round trip to Redis, and no query."""

from typing import Any

import pytest
from django.conf import settings
from redis.connection import AbstractConnection

from dashboard.api.routing import declared
from tests.api.cases import CASES
from tests.cases import Case, each_case

pytestmark = pytest.mark.skipif(settings.REDIS_URL is None, reason="needs REDIS_URL")

LOOKUPS = {route.path.removeprefix("/api/") for route in declared() if route.spec.cached_model}


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What has been sent to Redis, an item each time that somebody waits for an answer."""
    sent: list[bytes] = []
    send = AbstractConnection.send_packed_command

    def noted(connection: Any, command: Any, *args: Any, **kwargs: Any) -> None:
        sent.append(command if isinstance(command, bytes) else b"".join(command))
        send(connection, command, *args, **kwargs)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", noted)
    return sent


@each_case(tuple(case for case in CASES if case.route in LOOKUPS))
def test_a_cached_lookup_costs_one_round_trip_and_no_query(
    case: Case, settings: Any, db: None, round_trips: list[bytes], django_assert_num_queries: Any
) -> None:
    context = case.context(settings)
    expected = [context.send().json() for _ in range(2)][1]  # puts the rows in; the process learns whose the session is
    round_trips.clear()
    with django_assert_num_queries(0):
        response = context.send()
    assert response.status_code == 200
    assert response.json() == expected
    assert len(round_trips) == 1
    assert round_trips[0].split(b"\r\n")[2] == b"MGET"


def test_a_session_check_is_a_lookup() -> None:
    assert {"user/session", "administrator/session"} <= LOOKUPS
