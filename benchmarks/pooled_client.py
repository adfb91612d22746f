"""django-redis' own way to look up and mark rows, for `make bench-parts`."""

from collections.abc import Collection, Mapping
from typing import Any

from django_redis.client import DefaultClient

from dashboard.cache.redis.client import ThreadLocalRedisClient


class PooledRedisClient(ThreadLocalRedisClient):
    """Take a connection out of the pool for each look-up and for each change, as django-redis' client does."""

    get_many = DefaultClient.get_many

    def set_many(
        self,
        data: Mapping[str, Any],
        timeout: float,
        version: int | None = None,
        client: Any = None,
        channels: Collection[str] = (),
    ) -> None:
        DefaultClient.set_many(self, data, timeout, version, client)
        if channels:
            self.announce(channels)

    def add_many(self, data: Mapping[str, Any], timeout: float | None) -> bool:
        for key, value in data.items():
            DefaultClient.add(self, key, value, timeout)
        return True
