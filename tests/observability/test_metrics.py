"""What is counted, and who may read it."""

from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from redis.exceptions import ConnectionError as RedisConnectionError

from accounts.gauges import count_overdue_accounts
from accounts.models import Account
from accounts.services import credentials
from dashboard.cache.rows import row_cache
from dashboard.core.actor import Actor
from dashboard.monitoring import health, metrics_view
from dashboard.monitoring.probes import Probe
from dashboard.observability import metrics
from dashboard.observability.metrics import get_metrics
from sessions_app.services import sessions
from tests.client import ApiClient
from tests.factories import AccountFactory, SessionFactory
from tests.observability.samples import REQUESTS, TOKEN, Samples, samples


@pytest.fixture(autouse=True)
def _counted_anew(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PROMETHEUS_TOKEN = TOKEN
    metrics.get_metrics.cache_clear()
    monkeypatch.setattr(health, "database_probe", Probe(lambda: None))
    monkeypatch.setattr(health, "cache_probe", Probe(lambda: None))
    monkeypatch.setattr(metrics_view, "gauges_probe", Probe(lambda: [0] * len(metrics_view.database_gauges())))


def counted() -> Samples:
    response = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (response.status_code, response["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return samples(response.content.decode())


# Who may read


@pytest.mark.parametrize(
    "authorization",
    ["", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer ", f"Bearer {TOKEN}x", "Bearer é", f"Bearer {TOKEN} {TOKEN}"],
)
def test_without_the_token_there_are_no_figures(authorization: str) -> None:
    response = Client().get("/metrics", headers={"Authorization": authorization})
    assert (response.status_code, response.json()) == (401, {"object": "auth", "message": "Sign in required"})
    assert response["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer None"])
def test_where_there_is_no_token_there_is_no_such_route(settings: Any, authorization: str) -> None:
    settings.PROMETHEUS_TOKEN = None
    response = Client().get("/metrics", headers={"Authorization": authorization})
    assert (response.status_code, response.json()["message"]) == (404, "invalid-route")


def test_an_administrator_is_not_prometheus(owner: ApiClient) -> None:
    assert owner.client.get("/metrics").status_code == 401


def test_prometheus_asks_by_address() -> None:
    headers = {"Authorization": f"Bearer {TOKEN}", "Host": "10.1.2.3:8000"}
    assert Client().get("/metrics", headers=headers).status_code == 200


# What is counted


def test_requests_by_route_and_status(user: ApiClient, guest: ApiClient) -> None:
    for caller in (user, user, guest):
        caller.get("user/account", accountid=user.account.accountid)
    found = counted()
    assert found[REQUESTS, ("/api/user/account", "200")] == 2
    assert found[REQUESTS, ("/api/user/account", "401")] == 1
    assert found["dashboard_request_duration_seconds_bucket", ("+Inf", "/api/user/account", "200")] == 2
    assert found["dashboard_request_duration_seconds_sum", ("/api/user/account", "200")] > 0


def test_paths_that_anybody_can_make_up_share_a_label(guest: ApiClient) -> None:
    for path in ("user/nothing", "user/account/", "../etc/passwd", "x" * 500, "user/%0A"):
        assert guest.get(path).status_code == 404
    for path in ("/static/a", "/static/b"):
        Client().get(path)
    Client().generic("BREW", "/api/errors")
    labels = {labels for name, labels in counted() if name == REQUESTS}
    assert labels == {("other", "404"), ("/static/", "404"), ("/api/errors", "405")}
    assert not any("nothing" in path for path, _ in get_metrics()._children)


def test_refusals_by_code(guest: ApiClient) -> None:
    guest.get("user/session")
    guest.get("nothing")
    guest.post("user/create-session", {"username": "nobody-here", "password": "x" * 8})
    guest.call("POST", "user/create-session", b"{", headers={"Content-Type": "text/plain"})
    found = counted()
    codes = {labels[0]: value for (name, labels), value in found.items() if name == "dashboard_refusals_total"}
    assert codes == {"sign-in-required": 1, "invalid-route": 1, "invalid-username": 1, "invalid-content-type": 1}


def test_lookups_in_the_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(row_cache, "_ask", lambda question, fallback: ({"a": 1, "b": 2}, ""))
    row_cache.fetch("a", "b", "c")
    row_cache.fetch("a", "b")
    found = counted()
    assert (found["dashboard_cache_hits_total", ()], found["dashboard_cache_misses_total", ()]) == (4, 1)


def test_marks_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise RedisConnectionError

    row_cache.breaker.reset()
    monkeypatch.setattr(row_cache.store, "set_many", fail, raising=False)
    row_cache.mark(("a", "b"))
    assert counted()["dashboard_cache_failed_marks_total", ()] == 2


def test_operations_and_revocations(db: None, django_capture_on_commit_callbacks: Any) -> None:
    account = AccountFactory()
    signed_in = [SessionFactory(account=account) for _ in range(3)]
    with django_capture_on_commit_callbacks() as callbacks:
        sessions.set_session_ended(signed_in[0].sessionid, Actor.command_line())
        credentials.reset_session_key(account.accountid, Actor.command_line())
    assert not any(name.startswith(("dashboard_op", "dashboard_rev")) for name, _ in counted())  # not yet committed
    for callback in callbacks:
        callback()
    found = counted()
    assert found["dashboard_operations_total", ("set-session-ended",)] == 1
    assert found["dashboard_operations_total", ("reset-session-key",)] == 1
    assert found["dashboard_revoked_sessions_total", ("set-session-ended",)] == 1
    assert found["dashboard_revoked_sessions_total", ("reset-session-key",)] == 2


def test_accounts_that_are_overdue(db: None, django_assert_num_queries: Any) -> None:
    AccountFactory()
    AccountFactory(deleted_at=timezone.now() + timezone.timedelta(days=1))
    AccountFactory.create_batch(2, overdue=True)
    AccountFactory(owner=True, overdue=True)  # never purged
    with django_assert_num_queries(1):
        assert count_overdue_accounts() == 2


@pytest.mark.postgresql
def test_overdue_accounts_are_counted_by_an_index(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Account.objects.purgeable(timezone.now())[:10].explain()
    assert any(index in plan for index in ("account_due", "account_newest_deleted"))  # both have scheduled ones only


def test_what_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_view, "gauges_probe", Probe(lambda: [7] * len(metrics_view.database_gauges())))
    found = counted()
    assert found["dashboard_accounts_overdue", ()] == 7
    assert (found["dashboard_up", ("database",)], found["dashboard_up", ("cache",)]) == (1, 1)


def test_without_the_database_the_rest_is_told(guest: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise OperationalError("gone")

    monkeypatch.setattr(health, "database_probe", Probe(fail))
    monkeypatch.setattr(metrics_view, "gauges_probe", Probe(fail))
    guest.get("errors")
    found = counted()
    assert found["dashboard_up", ("database",)] == 0
    assert found[REQUESTS, ("/api/errors", "200")] == 1
    assert ("dashboard_accounts_overdue", ()) not in found


def test_a_database_that_hangs_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    back = Event()
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.05)
    monkeypatch.setattr(health, "database_probe", Probe(lambda: back.wait(60) and None))
    monkeypatch.setattr(metrics_view, "gauges_probe", Probe(lambda: [back.wait(60)]))
    found = counted()
    back.set()
    assert found["dashboard_up", ("database",)] == 0
    assert ("dashboard_accounts_overdue", ()) not in found
