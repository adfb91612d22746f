"""JSON values: times in UTC with milliseconds, and no field without a value."""

from datetime import datetime
from typing import Any

JSON = dict[str, Any]
Schema = dict[str, Any]


def isoformat(moment: datetime | None) -> str | None:
    """Return ISO 8601 in UTC with milliseconds: 2022-06-24T02:42:51.008Z. `moment` is aware and in UTC."""
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z" if moment else None  # instead of +00:00


def without_none(fields: JSON) -> JSON:
    """Return the fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}
