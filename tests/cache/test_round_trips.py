"""What requests cost in round trips: lookups that the cache has, and changes."""

from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from redis.connection import AbstractConnection

from accounts.services import credentials
from accounts.services.reset_code_revocation import CODES_TOGETHER
from dashboard.api.routing import declared
from dashboard.cache import epochs
from dashboard.core.actor import Actor, ActorKind
from events.models import Action
from resetcodes.models import ResetCode
from sessions_app.models import Session
from sessions_app.services import sessions
from tests.api.cases import CASES
from tests.cases import Case, each_case
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory, SessionFactory

pytestmark = pytest.mark.skipif(settings.REDIS_URL is None, reason="needs REDIS_URL")

LOOKUPS = {route.path.removeprefix("/api/") for route in declared() if route.spec.cached_model}


@pytest.fixture(autouse=True)
def lease_that_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server has a thread that renews it. Here, a request would, on a slow machine."""
    monkeypatch.setattr(epochs, "LEASE_SECONDS", 60)


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


# The statements of a change, and how often it asks Redis: for its session, for the marks before the commit, and for
# those after it, with which readers of the feed are told.
CHANGES = {
    "administrator/create-reset-code": (["lock both accounts", "codes", "write"], 3),
    "administrator/reset-session-key": (["lock both accounts", "sessions and codes", "write"], 3),
}


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@each_case(tuple(case for case in CASES if case.route in CHANGES))
def test_a_change_costs_few_round_trips(case: Case, settings: Any, round_trips: list[bytes]) -> None:
    context = case.context(settings)
    for _ in range(2):
        assert context.send().status_code == 200
    round_trips.clear()
    with CaptureQueriesContext(connection) as queries:
        assert context.send().status_code == 200
    statements, trips = CHANGES[case.route]
    assert len(queries) == len(["BEGIN", *statements, "COMMIT"]), [it["sql"] for it in queries]
    assert len(round_trips) == trips


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [0, 1, 7])
def test_sessions_end_in_the_round_trips_of_the_account(count: int, round_trips: list[bytes]) -> None:
    account = AccountFactory()
    actor = Actor(ActorKind.COMMAND_LINE)
    credentials.reset_session_key(account.accountid, actor)
    SessionFactory.create_batch(count, account=account, session_key_number=account.session_key_number + 1)
    round_trips.clear()
    with CaptureQueriesContext(connection) as queries:
        credentials.reset_session_key(account.accountid, actor)
    assert len(queries) == len(["BEGIN", "lock account", "sessions and codes", "write", "COMMIT"])
    assert len(round_trips) == len(["marks", "marks and feed"])
    assert account.sessions.filter(ended_at=None).count() == 0
    assert Session.objects.filter(account=account, ended_by_action=Action.RESET_SESSION_KEY).count() == count


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("count", [1, CODES_TOGETHER])
def test_codes_end_in_the_round_trips_of_the_account(count: int, round_trips: list[bytes]) -> None:
    session = SessionFactory()
    codes = ResetCodeFactory.create_batch(count, account=session.account)
    round_trips.clear()
    with CaptureQueriesContext(connection) as queries:
        credentials.reset_session_key(session.account_id, Actor(ActorKind.COMMAND_LINE))
    assert len(queries) == len(["BEGIN", "lock account", "sessions and codes", "write", "COMMIT"])
    assert len(round_trips) == len(["marks", "marks and feed"])
    assert not any(ResetCode.objects.filter(pk=it.pk).exists() for it in codes)


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_sign_in_from_a_known_network_costs_few_statements() -> None:
    AccountFactory(username="somebody")
    actor = Actor(ActorKind.ANYBODY, ip_address="192.0.2.7")
    sessions.create_session("somebody", PASSWORD, "", actor)
    with CaptureQueriesContext(connection) as queries:
        sessions.create_session("somebody", PASSWORD, "", actor)
    statements = ["account", "client", "BEGIN", "lock account", "client", "write", "COMMIT"]
    assert len(queries) == len(statements), [it["sql"] for it in queries]


def test_a_session_check_is_a_lookup() -> None:
    assert {"user/session", "administrator/session"} <= LOOKUPS
