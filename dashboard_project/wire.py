"""What an answer looks like: JSON always, times in UTC with milliseconds, no field without a value."""

from datetime import datetime
from typing import Any

import orjson
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

Wire = dict[str, Any]


def time(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds: 2022-06-24T02:42:51.008Z. `moment` is aware and in UTC."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z" if moment else None


def present(fields: Wire) -> Wire:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


class WireRenderer(BaseRenderer):
    """JSON by orjson."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return orjson.dumps(data)


class AlwaysJSON(DefaultContentNegotiation):
    """Answers are JSON whatever the Accept header says: the contract has one form."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
