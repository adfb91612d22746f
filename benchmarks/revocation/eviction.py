"""Constantly evict rows from the cache, so that they are cached again and again while they change."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.revocation.load import Load
from benchmarks.revocation.servers import RedisServer
from dashboard.cache import rows as cache
from dashboard.cache.redis.serializer import MessagePackSerializer

SECONDS_BETWEEN = 0.001
DROP = """
local entry = redis.call('get', KEYS[1])
if entry and entry ~= ARGV[1] then return redis.call('del', KEYS[1]) end
return 0
"""


MARK = MessagePackSerializer({}).dumps(cache.DIRTY)


class Eviction:
    """Evict the rows, but not the marks, of the sessions that are being ended; `count` is the number of evictions."""

    def __init__(self, redis: RedisServer, load: Load) -> None:
        self.drop = redis.client.register_script(DROP)
        self.load = load
        self.count = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        evicter = threading.Thread(target=self._evict)
        evicter.start()
        try:
            yield
        finally:
            self.load.over.set()
            evicter.join()

    def _evict(self) -> None:
        while not self.load.over.wait(SECONDS_BETWEEN):
            current = [*self.load.current]
            if current:
                session = random.choice(current)
                key = random.choice(
                    [f"session:dashboard:{session.sessionid}", f"account:dashboard:{session.accountid}"]
                )
                self.count += self.drop(keys=[f"dashboard:1:{key}"], args=[MARK])
