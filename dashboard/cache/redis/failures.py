"""What Redis, or the way to it, can raise."""

from django_redis.exceptions import ConnectionInterrupted
from redis.exceptions import RedisError

FAILURES = (RedisError, ConnectionInterrupted, OSError)
