"""What an answer looks like: JSON always, times in UTC with milliseconds, no field without a value."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.http import HttpResponse
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

Wire = dict[str, Any]
Schema = dict[str, Any]


def time(moment: datetime | None) -> str | None:
    """ISO 8601 in UTC with milliseconds: 2022-06-24T02:42:51.008Z. `moment` is aware and in UTC."""
    return moment.isoformat(timespec="milliseconds")[:-6] + "Z" if moment else None  # instead of +00:00


def present(fields: Wire) -> Wire:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value is not None}


TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
BOOLEAN: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
DATE: Schema = {"type": "string", "format": "date"}
ADDRESS: Schema = {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


def id_of(prefix: str) -> Schema:
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{16}}$"}


def hex_digits(count: int) -> Schema:
    return {"type": "string", "pattern": f"^[0-9a-f]{{{count}}}$"}


@dataclass(frozen=True)
class WireObject:
    """An object on the wire, as the API's document describes it: each field's JSON schema, and which may be missing."""

    name: str
    always: Mapping[str, Schema]
    sometimes: Mapping[str, Schema]
    example: Wire

    @property
    def reference(self) -> Schema:
        return {"$ref": f"#/components/schemas/{self.name}"}

    def as_schema(self) -> Schema:
        return {
            "type": "object",
            "properties": {**self.always, **self.sometimes},
            "required": list(self.always),
            "additionalProperties": False,
            "example": self.example,
        }


@dataclass(frozen=True)
class ListOf:
    """An array of objects on the wire."""

    item: WireObject

    @property
    def name(self) -> str:
        return f"array of {self.item.name}"

    @property
    def reference(self) -> Schema:
        return {"type": "array", "items": self.item.reference}


@dataclass(frozen=True)
class Plain:
    """An answer that is no object: a count, or `true`."""

    name: str
    reference: Schema


COUNT = Plain("integer", NUMBER)
TRUE = Plain("true", {"type": "boolean", "const": True})

Returns = WireObject | ListOf | Plain


def objects_of(returned: Iterable[Returns]) -> list[WireObject]:
    """The objects that these answers have or are arrays of, each once, by name."""
    items = [it.item if isinstance(it, ListOf) else it for it in returned]
    by_name = {it.name: it for it in items if isinstance(it, WireObject)}
    return [by_name[name] for name in sorted(by_name)]


class Answer(HttpResponse):
    """A result or a refusal, as JSON."""

    def __init__(self, wire: Any, **options: Any) -> None:
        super().__init__(orjson.dumps(wire), content_type="application/json", **options)
        self["Content-Length"] = str(len(self.content))


class AlwaysTheSame(BaseContentNegotiation):
    """The parser whose media type a body names exactly; answers have one form whatever the Accept header says."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        media_type = (request.content_type or "").partition(";")[0].strip().lower()
        return next((parser for parser in parsers if parser.media_type == media_type), None)

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> Any:
        return renderers[0], renderers[0].media_type
