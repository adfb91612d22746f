"""Hot reads: what the gateway answers from the cache alone, and what it leaves to Django."""

import asyncio
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.signals import request_started
from django.db import OperationalError
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.throttling import BaseThrottle

from dashboard.api.access.throttling import PROFILES
from dashboard.api.routing import Access, declared
from dashboard.api.schema.objects import ListOf
from dashboard.api.viewsets import AdministratorViewSet, APIViewSet, UserViewSet
from dashboard.cache.rows import row_cache
from dashboard.observability.metrics import get_metrics
from sessions_app import owners
from sessions_app.models import Session
from sessions_app.services import last_seen
from sessions_app.views import UserSessionViewSet
from tests.application import prepared_application
from tests.factories import TOKEN, AccountFactory, SecondFactorFactory, SessionFactory
from tests.gateway.asgi import Caller, Reply, calling
from tests.gateway.comparing import comparable

needs_redis = pytest.mark.skipif(django_settings.REDIS_URL is None, reason="needs REDIS_URL")


class Counted:
    """The WSGI application, and how often it was called."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, *args: Any) -> Any:
        self.calls += 1
        return prepared_application(*args)


def cookies(session: Session) -> dict[str, str]:
    return {"cookie": f"sessionid={session.pk}; token={TOKEN}"}


def path(session: Session, route: str = "user/session") -> str:
    return f"/api/{route}?sessionid={session.pk}"


@pytest.fixture
def session(db: None) -> Session:
    """Of an administrator."""
    made: Session = SessionFactory(account=AccountFactory(administrator=True))
    return made


@pytest.fixture
def django() -> Counted:
    return Counted()


@pytest.fixture
def gateway(django: Counted) -> Iterator[Caller]:
    with calling(application=django) as caller:
        yield caller


def warmed(gateway: Caller, django: Counted, *paths: str, **headers: str) -> list[Reply]:
    """Return Django's replies to these requests, with which the cache has their rows."""
    replies = [gateway.ask("GET", it, **headers) for it in paths]
    assert [reply.status for reply in replies] == [200] * len(paths)
    django.calls = 0
    return replies


@needs_redis
@pytest.mark.parametrize("route", ["user/session", "administrator/session"])
@pytest.mark.parametrize("whose", ["one's own", "another of the account"])
def test_a_cached_session_is_answered_as_by_django(
    gateway: Caller, django: Counted, session: Session, route: str, whose: str
) -> None:
    target = session if whose == "one's own" else SessionFactory(account=session.account)
    (expected,) = warmed(gateway, django, path(target, route), **cookies(session))
    reply = gateway.ask("GET", path(target, route), **cookies(session))
    assert django.calls == 0
    assert comparable(reply.status, reply.headers, reply.body) == comparable(
        expected.status, expected.headers, expected.body
    )
    assert reply.body == expected.body


@needs_redis
@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {{id}}.{TOKEN}"},
        {"cookie": f"a=b; token={TOKEN}; sessionid={{id}}; c=d"},
        {"cookie": f"sessionid={{id}}; token={TOKEN}", "accept": "text/html", "user_agent": "caf\xe9"},
        {"cookie": f"sessionid={{id}}; token={TOKEN}", "origin": "https://evil.example", "content_length": "0"},
        {"cookie": f"sessionid={{id}}; token={TOKEN}", "x_forwarded_for": "192.0.2.7", "x_request_id": "from-outside"},
        {"cookie": f"sessionid={{id}}; token={TOKEN}", "content_type": "application/json"},
    ],
)
def test_what_makes_no_difference_is_understood(
    gateway: Caller, django: Counted, session: Session, headers: dict[str, str]
) -> None:
    given = {name: value.format(id=session.pk) for name, value in headers.items()}
    (expected,) = warmed(gateway, django, path(session), **given)
    reply = gateway.ask("GET", path(session), **given)
    assert (django.calls, reply.status, reply.body) == (0, 200, expected.body)


@needs_redis
@pytest.mark.parametrize(
    ("request_", "headers"),
    [
        pytest.param(("HEAD", ""), {}, id="another method"),
        pytest.param(("POST", ""), {}, id="a method that the route does not take"),
        pytest.param(("GET", "&sessionid=sess_0123456789abcdef"), {}, id="a repeated parameter"),
        pytest.param(("GET", "&other=1"), {}, id="another parameter"),
        pytest.param(("GET", "x"), {}, id="a malformed id"),
        pytest.param(("GET", ""), {"x_accountid": "acct_0123456789abcdef"}, id="a header of the application server"),
        pytest.param(("GET", ""), {"x_unknown": "1"}, id="an unknown header"),
        pytest.param(("GET", ""), {"content_length": "1"}, id="a body"),
        pytest.param(("GET", ""), {"transfer_encoding": "chunked"}, id="a chunked body"),
        pytest.param(("GET", ""), {"content_type": "text/plain; charset=rot13"}, id="an unusual media type"),
        pytest.param(("GET", ""), {"host": "evil.example"}, id="another host"),
        pytest.param(("GET", ""), {"host": "a b"}, id="a malformed host"),
        pytest.param(("GET", ""), {"authorization": "Bearer x"}, id="a bearer that proves nothing"),
        pytest.param(("GET", ""), {"cookie": f"token={TOKEN}"}, id="no credentials"),
        pytest.param(("GET", ""), {"cookie": f"sessionid={{id}}; token={'0' * 64}"}, id="a wrong token"),
        pytest.param(("GET", ""), {"cookie": f"sessionid=x; token={TOKEN}"}, id="a malformed id in the cookie"),
        pytest.param(
            ("GET", ""), {"cookie": f"sessionid=sess_0123456789abcdef; token={TOKEN}"}, id="an unknown session"
        ),
    ],
)
def test_what_is_unusual_is_left_to_django(
    gateway: Caller, django: Counted, session: Session, request_: tuple[str, str], headers: dict[str, str]
) -> None:
    method, suffix = request_
    warmed(gateway, django, path(session), **cookies(session))
    given = {name: value.format(id=session.pk) for name, value in (cookies(session) | headers).items()}
    gateway.ask(method, path(session) + suffix, **given)
    assert django.calls == 1


@needs_redis
def test_another_accounts_session_is_left_to_django(gateway: Caller, django: Counted, session: Session) -> None:
    other, user = SessionFactory(), SessionFactory()
    warmed(gateway, django, path(other, "administrator/session"), **cookies(session))
    warmed(gateway, django, path(user), **cookies(user))
    assert gateway.ask("GET", path(other), **cookies(user)).status == 403
    assert gateway.ask("GET", path(other, "administrator/session"), **cookies(user)).status == 403
    assert django.calls == 2


@needs_redis
def test_an_ended_session_is_left_to_django_at_once(gateway: Caller, django: Counted, session: Session) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    session.ended_at = timezone.now()
    session.save()
    assert gateway.ask("GET", path(session), **cookies(session)).status == 401
    assert django.calls == 1


@needs_redis
@pytest.mark.parametrize(
    "case",
    [
        ("administrators", "user/session", 200),
        ("administrators", "administrator/session", 403),
        ("everybody", "user/session", 200),
        ("everybody", "administrator/session", 403),
        ("nobody", "administrator/session", 200),
    ],
    ids=str,
)
def test_account_that_lacks_a_second_factor_is_refused_as_by_django(
    gateway: Caller, django: Counted, session: Session, settings: Any, case: tuple[str, str, int]
) -> None:
    setting, route, status = case
    warmed(gateway, django, path(session, route), **cookies(session))
    settings.REQUIRE_SECOND_FACTOR = setting
    reply = gateway.ask("GET", path(session, route), **cookies(session))
    assert (django.calls, reply.status) == (0 if status == 200 else 1, status)


@needs_redis
def test_session_that_has_not_used_the_second_factor_is_left_to_django(
    gateway: Caller, django: Counted, session: Session
) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    SecondFactorFactory(account=session.account)  # which its sessions have used
    warmed(gateway, django, path(session), **cookies(session))
    assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    Session.objects.filter(pk=session.pk).update(second_factor_at=None)
    assert gateway.ask("GET", path(session), **cookies(session)).status == 401


@needs_redis
def test_an_expired_session_is_left_to_django(gateway: Caller, django: Counted, session: Session) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    session_read = Session.objects.get(pk=session.pk)
    with time_machine.travel(session_read.expires_at + timedelta(seconds=1), tick=False):
        assert gateway.ask("GET", path(session), **cookies(session)).status == 401
    assert django.calls == 1


@needs_redis
def test_an_entry_that_is_too_old_is_left_to_django(gateway: Caller, django: Counted, session: Session) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    assert django.calls == 1


@needs_redis
@pytest.mark.parametrize("remembered", ["", "acct_0123456789abcdef"])
def test_the_account_of_a_session_is_found_by_the_session(
    gateway: Caller, django: Counted, session: Session, remembered: str
) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    owners._accountid_of.clear()
    if remembered:  # nothing is to be accepted with another's account
        owners._accountid_of[session.pk] = remembered
    assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    assert django.calls == (1 if remembered else 0)


@needs_redis
def test_while_the_cache_cannot_be_told_of_changes_all_is_left_to_django(
    gateway: Caller, django: Counted, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    with monkeypatch.context() as suspended:
        suspended.setattr(type(row_cache.epochs), "is_suspended", True)
        assert gateway.ask("GET", path(session), **cookies(session)).status == 200
        assert django.calls == 1
    assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    assert django.calls == 1


@needs_redis
def test_a_fault_of_the_gateway_is_logged_and_left_to_django(
    gateway: Caller, django: Counted, session: Session, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    monkeypatch.setattr("dashboard.gateway.hot_reads.record_request", None)
    assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    assert django.calls == 1
    assert "A hot read failed." in caplog.text


@needs_redis
def test_a_hot_read_is_counted_and_logged_as_any_request(
    gateway: Caller, django: Counted, session: Session, caplog: Any, settings: Any
) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    last_seen._noted.clear()
    Session.objects.unmarked().filter(pk=session.pk).update(last_seen_at=None)
    metrics = get_metrics()
    before = samples(metrics)
    with caplog.at_level(logging.INFO, "dashboard.requests"):
        reply = gateway.ask("GET", path(session), **cookies(session))
    assert django.calls == 0
    assert {
        name: value - before.get(name, 0) for name, value in samples(metrics).items() if value != before.get(name)
    } == {
        ("dashboard_request_duration_seconds_count", "/api/user/session", "200"): 1,
        ("dashboard_cache_hits_total",): 2,
    }
    assert [record.message for record in caplog.records] == ["request"]
    assert len(reply.header("x-request-id")) == 16


def samples(metrics: Any) -> dict[tuple[str, ...], float]:
    """Return the counts of requests and of rows looked up."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in metrics.registry.collect()
        for sample in family.samples
        if sample.name.endswith(("_seconds_count", "_hits_total", "_misses_total"))
    }


@needs_redis
def test_a_hot_read_notes_when_the_session_was_seen(gateway: Caller, django: Counted, session: Session) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    last_seen._noted.clear()
    assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    assert (django.calls, list(last_seen._noted)) == (0, [session.pk])


@needs_redis
def test_requests_that_wait_together_share_a_round_trip(
    gateway: Caller, django: Counted, monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    others = [SessionFactory() for _ in range(9)]
    for it in (session, *others):
        warmed(gateway, django, path(it), **cookies(it))
    asked: list[list[str]] = []
    client = gateway.gateway.hot_reads.lookups._connected()  # type: ignore[union-attr]
    mget = client.mget

    async def noted(keys: list[str]) -> Any:
        asked.append(keys)
        return await mget(keys)

    monkeypatch.setattr(client, "mget", noted)

    async def together() -> list[Reply]:
        return await asyncio.gather(*(gateway.ask_async("GET", path(it), **cookies(it)) for it in (session, *others)))

    assert [reply.json()["sessionid"] for reply in gateway.run(together())] == [it.pk for it in (session, *others)]
    assert (django.calls, [len(keys) for keys in asked]) == (0, [20])


def test_without_redis_all_is_left_to_django(session: Session, django: Counted, settings: Any) -> None:
    settings.REDIS_URL = None
    with calling(application=django) as gateway:
        for _ in range(3):
            assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    assert django.calls == 3


# Pages of lists

LIST = "/api/administrator/sessions"


@needs_redis
@pytest.mark.parametrize(
    "query", ["", "?offset=1", "?limit=2", "?offset=1&limit=1", "?after={id}", "?after={id}&limit=1", "?accountid={of}"]
)
def test_a_page_is_answered_as_by_django(gateway: Caller, django: Counted, session: Session, query: str) -> None:
    others = [SessionFactory(account=session.account) for _ in range(3)]
    asked = LIST + query.format(id=others[-1].pk, of=session.account_id)
    (expected,) = warmed(gateway, django, asked, **cookies(session))
    reply = gateway.ask("GET", asked, **cookies(session))
    assert django.calls == 0
    assert comparable(reply.status, reply.headers, reply.body) == comparable(
        expected.status, expected.headers, expected.body
    )
    assert reply.body == expected.body


@needs_redis
def test_the_next_page_is_below_the_path_of_the_server(
    gateway: Caller, django: Counted, session: Session, settings: Any
) -> None:
    settings.DASHBOARD_PATH = "/auth"
    SessionFactory(account=session.account)
    (expected,) = warmed(gateway, django, f"{LIST}?limit=1", **cookies(session))
    reply = gateway.ask("GET", f"{LIST}?limit=1", **cookies(session))
    assert django.calls == 0
    assert reply.header("link") == expected.header("link")
    assert reply.header("link").startswith(f"</auth{LIST}?")


@needs_redis
def test_every_list_is_read_so(gateway: Caller) -> None:
    """`/api/errors` is for anybody, and has no rows."""
    lists = [it.path for it in declared() if isinstance(it.spec.returns, ListOf) and it.access is not Access.PUBLIC]
    assert LIST in lists
    for path_ in lists:
        assert path_ in gateway.gateway.hot_reads, path_  # type: ignore[operator]


@needs_redis
@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param("?all=true", 200, id="all rows, streamed"),
        pytest.param("?offset=%31", 200, id="an encoded character"),
        pytest.param("?offset=1&", 200, id="an empty parameter"),
        pytest.param("?other=1", 200, id="another parameter"),
        pytest.param("?limit=0", 400, id="a refused value"),
        pytest.param("?after=sess_0123456789abcdef", 404, id="an unknown row"),
    ],
)
def test_what_is_unusual_about_a_page_is_left_to_django(
    gateway: Caller, django: Counted, session: Session, query: str, status: int
) -> None:
    warmed(gateway, django, LIST, **cookies(session))
    assert gateway.ask("GET", LIST + query, **cookies(session)).status == status
    assert django.calls == 1


@needs_redis
def test_a_page_that_the_caller_may_not_see_is_left_to_django(db: None, gateway: Caller, django: Counted) -> None:
    user = SessionFactory()
    own = f"/api/user/sessions?accountid={user.account_id}"
    warmed(gateway, django, own, **cookies(user))
    assert gateway.ask("GET", own, **cookies(user)).status == 200
    assert django.calls == 0
    assert gateway.ask("GET", LIST, **cookies(user)).status == 403
    assert gateway.ask("GET", f"/api/user/sessions?accountid={AccountFactory().pk}", **cookies(user)).status == 403
    assert django.calls == 2


@needs_redis
def test_a_page_is_refused_to_who_lacks_a_second_factor(
    gateway: Caller, django: Counted, session: Session, settings: Any
) -> None:
    warmed(gateway, django, LIST, **cookies(session))
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    assert gateway.ask("GET", LIST, **cookies(session)).status == 403
    assert django.calls == 1


@needs_redis
def test_an_ended_session_sees_no_page(gateway: Caller, django: Counted, session: Session) -> None:
    warmed(gateway, django, LIST, **cookies(session))
    session.ended_at = timezone.now()
    session.save()
    assert gateway.ask("GET", LIST, **cookies(session)).status == 401
    assert django.calls == 1


@needs_redis
def test_a_page_without_the_database_is_left_to_django(
    gateway: Caller, django: Counted, session: Session, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    warmed(gateway, django, LIST, **cookies(session))

    def fail(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    monkeypatch.setattr("dashboard.db.prepared.fetch_page", fail)
    assert gateway.ask("GET", LIST, **cookies(session)).status == 500
    assert django.calls == 1
    assert "A hot read failed." not in caplog.text


@needs_redis
def test_a_page_takes_one_query(
    gateway: Caller, django: Counted, session: Session, django_assert_num_queries: Any
) -> None:
    warmed(gateway, django, LIST, **cookies(session))
    with django_assert_num_queries(1):
        assert gateway.ask("GET", LIST, **cookies(session)).status == 200
    assert django.calls == 0


# What a deployment adds to Django and DRF


class Allow(BasePermission):
    def has_permission(self, request: Any, view: Any) -> bool:
        return True


class Throttle(BaseThrottle):
    def allow_request(self, request: Any, view: Any) -> bool:
        return True


class Authentication(BaseAuthentication):
    def authenticate(self, request: Any) -> None:
        return None


class Renderer(BaseRenderer):
    media_type = "application/json"

    def render(self, data: Any, *args: Any) -> bytes:
        return b"{}"


def see(get_response: Any) -> Any:
    return get_response


def receive(**signal: Any) -> None:
    """Receive a signal."""


ADDED = {
    "permission": lambda patch: patch.setattr(
        UserViewSet, "permission_classes", [*UserViewSet.permission_classes, Allow]
    ),
    "another permission": lambda patch: patch.setattr(UserViewSet, "permission_classes", [Allow]),
    "throttle": lambda patch: patch.setattr(APIViewSet, "throttle_classes", [Throttle]),
    "a rate": lambda patch: patch.setattr(UserViewSet, "rate_scope", PROFILES, raising=False),
    "authentication": lambda patch: patch.setattr(
        UserViewSet, "authentication_classes", [*UserViewSet.authentication_classes, Authentication]
    ),
    "renderer": lambda patch: patch.setattr(UserViewSet, "renderer_classes", [Renderer]),
    "a step of the viewset": lambda patch: patch.setattr(
        UserSessionViewSet, "check_permissions", lambda self, request: None, raising=False
    ),
    "other origins": lambda patch: patch.setattr(
        django_settings,
        "MIDDLEWARE",
        [*django_settings.MIDDLEWARE[:2], "corsheaders.middleware.CorsMiddleware", *django_settings.MIDDLEWARE[2:]],
    ),
    "headers": lambda patch: patch.setattr(
        UserSessionViewSet, "default_response_headers", property(lambda self: {}), raising=False
    ),
    "middleware": lambda patch: patch.setattr(
        django_settings, "MIDDLEWARE", [f"{__name__}.see", *django_settings.MIDDLEWARE]
    ),
    "middleware below others": lambda patch: patch.setattr(
        django_settings,
        "MIDDLEWARE",
        [*django_settings.MIDDLEWARE[:2], f"{__name__}.see", *django_settings.MIDDLEWARE[2:]],
    ),
    "no fast path": lambda patch: patch.setattr(
        django_settings, "MIDDLEWARE", [it for it in django_settings.MIDDLEWARE if "FastPath" not in it]
    ),
}


@needs_redis
@pytest.mark.parametrize("added", ADDED)
def test_what_is_added_sees_every_request(
    session: Session, django: Counted, monkeypatch: pytest.MonkeyPatch, added: str
) -> None:
    ADDED[added](monkeypatch)
    with calling(application=django) as gateway:
        for _ in range(3):
            gateway.ask("GET", path(session), **cookies(session))
    assert django.calls == 3


@needs_redis
def test_a_receiver_of_a_signal_sees_every_request(session: Session, django: Counted) -> None:
    request_started.connect(receive)
    try:
        with calling(application=django) as gateway:
            for _ in range(3):
                assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    finally:
        request_started.disconnect(receive)
    assert django.calls == 3


@needs_redis
def test_a_throttle_of_administrators_leaves_the_others_hot(
    session: Session, django: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AdministratorViewSet, "throttle_classes", [Throttle])
    with calling(application=django) as gateway:
        warmed(gateway, django, path(session), **cookies(session))
        gateway.ask("GET", path(session), **cookies(session))
        assert django.calls == 0
        gateway.ask("GET", path(session, "administrator/session"), **cookies(session))
        assert django.calls == 1


@pytest.mark.parametrize("path_", ["/api%2Fuser/session", "/api/user%2fsession", "%2Fapi/user/session"])
def test_path_with_an_encoded_slash_names_no_route(gateway: Caller, session: Session, path_: str) -> None:
    assert gateway.ask("GET", path(session), **cookies(session)).status == 200
    reply = gateway.ask("GET", f"{path_}?sessionid={session.pk}", **cookies(session))
    assert (reply.status, reply.json()["message"]) == (404, "invalid-route")


@needs_redis
@pytest.mark.parametrize(
    "cookie",
    [
        f"sessionid={{id}}; token={TOKEN}; sessionid={{id}}",
        f"sessionid={{id}}; token={TOKEN}; token=x",
    ],
)
def test_repeated_cookie_is_refused(gateway: Caller, django: Counted, session: Session, cookie: str) -> None:
    warmed(gateway, django, path(session), **cookies(session))
    assert gateway.ask("GET", path(session), cookie=cookie.format(id=session.pk)).status == 401
