"""How entries of the cache are written: msgpack with its times. Never pickle, which would run what it reads."""

from datetime import date
from typing import Any

import msgpack
from django_redis.serializers.base import BaseSerializer

DATE = 1  # the code of our one extension of msgpack, which by itself has times but no dates


class MessagePackSerializer(BaseSerializer):  # type: ignore[misc]  # django-redis is untyped
    def dumps(self, value: Any) -> bytes:
        packed: bytes = msgpack.packb(value, datetime=True, default=_packed)
        return packed

    def loads(self, value: bytes) -> Any:
        """What was packed; None for bytes that nobody packed here, which are as good as nothing."""
        try:
            return msgpack.unpackb(value, timestamp=3, ext_hook=_unpacked)
        except (ValueError, TypeError, OverflowError, msgpack.UnpackException):
            return None


def _packed(value: Any) -> msgpack.ExtType:
    if isinstance(value, date):
        return msgpack.ExtType(DATE, value.isoformat().encode())
    raise TypeError(value)


def _unpacked(code: int, data: bytes) -> date:
    if code == DATE:
        return date.fromisoformat(data.decode())
    raise ValueError(code)
