"""What goes wrong on a connection to Redis does not reach whoever uses it next."""

import pytest
from django.conf import settings
from redis.connection import AbstractConnection
from redis.exceptions import ResponseError

from dashboard_project import cache

pytestmark = pytest.mark.skipif(settings.REDIS_URL is None, reason="needs REDIS_URL")


def test_a_connection_with_answers_left_to_read_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[object] = []
    disconnect = AbstractConnection.disconnect
    monkeypatch.setattr(
        AbstractConnection, "disconnect", lambda self, *args: (closed.append(self), disconnect(self, *args))
    )
    with pytest.raises(ResponseError):
        cache.store.set_many({"one": 1, "other": 2}, timeout=0)  # Redis refuses each
    assert closed
    cache.store.set_many({"one": 1, "other": 2}, timeout=1)
    assert cache.store.get_many(("other", "one")) == {"other": 2, "one": 1}
