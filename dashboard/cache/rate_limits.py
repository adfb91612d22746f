"""Rate limits, counted by the `limits` library: in Redis by all processes together, or in the memory of this process.

A rate is written as the library reads it, such as "20/minute;200/hour". Windows slide: the count of the one before is
weighted by how much of it the sliding window still covers, so that a burst at the edge of two windows is limited too.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from threading import Lock
from typing import Any, TypeVar

from django.conf import settings
from django.core.cache import caches
from limits import RateLimitItem, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from dashboard.cache.breaker import CircuitBreaker
from dashboard.core.errors import DashboardError, ErrorCode

logger = logging.getLogger(__name__)
Result = TypeVar("Result")


@dataclass(frozen=True)
class Exceeded:
    """A rate that has been reached, and the number of seconds after which there is room again."""

    scope: str
    rate: RateLimitItem
    retry_after: int

    def error(self) -> DashboardError:
        """Return too-many-requests (429) with Retry-After and RateLimit headers."""
        return DashboardError(ErrorCode.TOO_MANY_REQUESTS, self.retry_after, self.headers())

    def headers(self) -> dict[str, str]:
        """Return the fields of draft-ietf-httpapi-ratelimit-headers-10, sections 3 and 4."""
        amount, window = self.rate.amount, self.rate.get_expiry()
        return {
            "RateLimit-Policy": f'"{self.scope}";q={amount};w={window}',
            "RateLimit": f'"{self.scope}";r=0;t={self.retry_after}',
        }


class RateLimiter:
    """Counts per scope and identity. Where Redis fails, each process counts for itself until Redis is back.

    Where the counts are not shared, it always does.
    """

    def __init__(self, *, is_shared: bool = True) -> None:
        self.is_shared = is_shared
        self.namespace = "dashboard"
        self._in_memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._memory_lock = Lock()  # without it, two threads may start the same timer of the storage
        self._breaker = CircuitBreaker()

    @cached_property
    def _in_redis(self) -> SlidingWindowCounterRateLimiter | None:
        if not (self.is_shared and settings.REDIS_URL):
            return None
        cache: Any = caches["default"]
        pool = cache.client.get_client().connection_pool
        return SlidingWindowCounterRateLimiter(RedisStorage(settings.REDIS_URL, pool, wrap_exceptions=True))

    def hit(self, scope: str, rates: str, identity: str, *, times: int = 1) -> Exceeded | None:
        """Count one request, unless a rate has been reached: then return it. Without rates there is no limit.

        `times` as many requests are allowed as the rates say.
        """
        for rate in _parsed(rates, times):
            key = self._key(scope, identity)
            if not self._ask(lambda limiter, rate=rate, key=key: limiter.hit(rate, *key)):  # type: ignore[misc]
                return self._exceeded(scope, rate, key)
        return None

    def reached(self, scope: str, rates: str, identity: str) -> Exceeded | None:
        """Return the rate that has been reached, if any. Count nothing."""
        for rate in _parsed(rates):
            key = self._key(scope, identity)
            if not self._ask(lambda limiter, rate=rate, key=key: limiter.test(rate, *key)):  # type: ignore[misc]
                return self._exceeded(scope, rate, key)
        return None

    def forget(self) -> None:
        """Drop the counts in this process's memory."""
        self._in_memory.storage.reset()  # a new one would start a thread
        self._breaker.reset()

    def _key(self, scope: str, identity: str) -> tuple[str, ...]:
        return (self.namespace, settings.APPID, scope, identity)

    def _exceeded(self, scope: str, rate: RateLimitItem, key: tuple[str, ...]) -> Exceeded:
        stats = self._ask(lambda limiter: limiter.get_window_stats(rate, *key))
        return Exceeded(scope, rate, max(1, math.ceil(stats.reset_time - time.time())))

    def _ask(self, question: Callable[[SlidingWindowCounterRateLimiter], Result]) -> Result:
        if self._in_redis is None or not self._breaker.allows():
            return self._ask_memory(question)
        try:
            answer = question(self._in_redis)
        except StorageError as error:
            if not self._breaker.is_open:
                logger.warning("Redis does not answer; each process counts for its rate limits alone. %s", error)
            self._breaker.trip()
            return self._ask_memory(question)
        self._breaker.reset()
        return answer

    def _ask_memory(self, question: Callable[[SlidingWindowCounterRateLimiter], Result]) -> Result:
        with self._memory_lock:
            return question(self._in_memory)


@lru_cache(maxsize=256)
def _parsed(rates: str, times: int = 1) -> tuple[RateLimitItem, ...]:
    parsed = parse_many(rates) if rates else ()
    return tuple(type(rate)(rate.amount * times, rate.multiples, rate.namespace) for rate in parsed)


rate_limiter = RateLimiter()
