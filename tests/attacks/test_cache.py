"""Attacks by somebody who can write to Redis: to become an administrator, to sign in as another, to stay signed in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Account
from dashboard.cache.rows import row_cache
from dashboard.db.instances import cacheable_columns
from dashboard.observability.metrics import get_metrics
from sessions_app.models import Session
from tests.client import ApiClient, outcome
from tests.factories import AccountFactory, SessionFactory

pytestmark = pytest.mark.skipif(settings.REDIS_URL is None, reason="needs REDIS_URL")

ADMINISTRATOR_REQUIRED = (403, "Administrator required")
Forge = Callable[[Any, Any], Any]


def key_of(row: Any) -> str:
    key: str = type(row).cache_key(row.pk)
    return key


def stored(key: str) -> Any:
    return row_cache.store.get_many((key,))[key]


def store(key: str, value: Any) -> None:
    row_cache.store.set_many({key: value}, timeout=60)


def call(client: ApiClient) -> tuple[int, str]:
    return outcome(client.get("administrator/accounts-count"))


def warmed(client: ApiClient) -> ApiClient:
    """A client whose rows are in the cache."""
    call(client)
    assert call(client)
    assert stored(key_of(client.account))
    return client


def forged_list(account: Account, administrator: Account) -> Any:
    """The entry that earlier releases believed: the columns, with a role."""
    fingerprint, names = cacheable_columns(Account)
    account.administrator_since = account.owner_since = timezone.now()
    return [fingerprint, timezone.now().timestamp(), *(getattr(account, name) for name in names)]


def changed_bytes(account: Account, administrator: Account) -> Any:
    """The own entry, with the content of an administrator's."""
    return stored(key_of(account))[:16] + stored(key_of(administrator))[16:]


def moved(account: Account, administrator: Account) -> Any:
    """An administrator's entry, as it is, in the place of the own."""
    return stored(key_of(administrator))


@pytest.mark.parametrize("forge", [forged_list, changed_bytes, moved])
def test_nobody_becomes_an_administrator_by_writing_to_redis(
    forge: Forge, user: ApiClient, administrator: ApiClient
) -> None:
    assert call(warmed(user)) == ADMINISTRATOR_REQUIRED
    assert call(warmed(administrator)) == (200, "")
    before = get_metrics().cache_forged_entries._value.get()
    store(key_of(user.account), forge(user.account, administrator.account))
    assert call(user) == ADMINISTRATOR_REQUIRED
    assert get_metrics().cache_forged_entries._value.get() > before


def test_nobody_signs_in_as_another_by_writing_to_redis(user: ApiClient) -> None:
    """With the row of the thief's own session, whose token they know, as the victim's."""
    victim = warmed(ApiClient(SessionFactory(account=AccountFactory(administrator=True))))
    thief = warmed(user)
    assert thief.session
    fingerprint, names = cacheable_columns(Session)
    thief.session.account_id = victim.account.pk
    forged = [fingerprint, timezone.now().timestamp(), *(getattr(thief.session, name) for name in names)]
    for value in (forged, stored(key_of(victim.session))):
        store(key_of(thief.session), value)
        assert call(thief) == ADMINISTRATOR_REQUIRED


def test_a_deleted_mark_does_not_bring_an_ended_session_back(user: ApiClient) -> None:
    """As long as its old entry is not put back: then it is believed until it is a minute old."""
    warmed(user)
    user.patch("user/set-session-ended", sessionid=user.session.sessionid)
    row_cache.store.delete_many([key_of(user.session), key_of(user.account)])
    assert call(user) == (401, "Sign in required")


def test_an_entry_that_is_put_back_is_believed_for_a_minute_at_most(
    user: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed(user)
    kept = {key: stored(key) for key in (key_of(user.session), key_of(user.account))}
    user.patch("user/set-session-ended", sessionid=user.session.sessionid)
    for key, value in kept.items():
        store(key, value)
    fetch = row_cache.fetch

    def later(*keys: str) -> Any:
        snapshot = fetch(*keys)
        object.__setattr__(snapshot, "noted_at", snapshot.noted_at + 61)
        return snapshot

    monkeypatch.setattr(row_cache, "fetch", later)
    assert call(user) == (401, "Sign in required")
