"""The format of entries: msgpack with timestamps. Never pickle, which would run what it reads."""

from datetime import date
from typing import Any

import msgpack
from django_redis.serializers.base import BaseSerializer

DATE = 1  # our one extension type: msgpack has timestamps, but no dates


class MessagePackSerializer(BaseSerializer):  # type: ignore[misc]  # django-redis is untyped
    def dumps(self, value: Any) -> bytes:
        packed: bytes = msgpack.packb(value, datetime=True, default=_pack)
        return packed

    def loads(self, value: bytes) -> Any:
        """Return the decoded value, or None for undecodable bytes, which callers treat as a miss."""
        try:
            return msgpack.unpackb(value, timestamp=3, ext_hook=_unpack)
        except (ValueError, TypeError, OverflowError, msgpack.UnpackException):
            return None


def _pack(value: Any) -> msgpack.ExtType:
    if isinstance(value, date):
        return msgpack.ExtType(DATE, value.isoformat().encode())
    raise TypeError(value)


def _unpack(code: int, data: bytes) -> date:
    if code == DATE:
        return date.fromisoformat(data.decode())
    raise ValueError(code)
