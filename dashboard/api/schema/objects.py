"""JSON schemas of the objects that routes return."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dashboard.core.json import JSON, Schema

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
BOOLEAN: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
DATE: Schema = {"type": "string", "format": "date"}
ADDRESS: Schema = {"type": "string", "anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}


def id_schema(prefix: str) -> Schema:
    """Return the schema of an id with this prefix."""
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{16}}$"}


def hex_digits(count: int) -> Schema:
    return {"type": "string", "pattern": f"^[0-9a-f]{{{count}}}$"}


@dataclass(frozen=True)
class ObjectSchema:
    """An object on the wire: the JSON schema of each field; optional fields are left out where they have no value."""

    name: str
    required: Mapping[str, Schema]
    optional: Mapping[str, Schema]
    example: JSON

    @property
    def reference(self) -> Schema:
        return {"$ref": f"#/components/schemas/{self.name}"}

    def as_schema(self) -> Schema:
        return {
            "type": "object",
            "properties": {**self.required, **self.optional},
            "required": list(self.required),
            "additionalProperties": False,
            "example": self.example,
        }


@dataclass(frozen=True)
class ListOf:
    """An array of objects."""

    item: ObjectSchema

    @property
    def name(self) -> str:
        return f"array of {self.item.name}"

    @property
    def reference(self) -> Schema:
        return {"type": "array", "items": self.item.reference}


@dataclass(frozen=True)
class ScalarSchema:
    """A result that is not an object: a count, or `true`."""

    name: str
    reference: Schema


COUNT = ScalarSchema("integer", NUMBER)
TRUE = ScalarSchema("true", {"type": "boolean", "const": True})

ResponseSchema = ObjectSchema | ListOf | ScalarSchema


def objects_in(returned: Iterable[ResponseSchema]) -> list[ObjectSchema]:
    """Return the objects that these results are or contain, each once, by name."""
    items = [it.item if isinstance(it, ListOf) else it for it in returned]
    by_name = {it.name: it for it in items if isinstance(it, ObjectSchema)}
    return [by_name[name] for name in sorted(by_name)]
