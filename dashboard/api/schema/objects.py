"""JSON schemas of the objects that routes return."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from dashboard.core.json import JSON, Schema

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer", "minimum": 0}
BOOLEAN: Schema = {"type": "boolean"}
FLAG: Schema = {
    **BOOLEAN,
    "description": "Always true.",
}  # openapi-generator makes a text of a boolean const
TIME: Schema = {"type": "string", "format": "date-time", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
DATE: Schema = {"type": "string", "format": "date"}
ADDRESS: Schema = {"type": "string", "pattern": "^[0-9a-f.:]+$"}  # IPv4 or IPv6


def id_schema(prefix: str) -> Schema:
    """Return the schema of an id with this prefix."""
    return {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{16}}$"}


def constant(value: str | bool) -> Schema:  # noqa: FBT001  true is a value on the wire
    """Return the schema of a field that always has this value."""
    return {"type": "boolean" if isinstance(value, bool) else "string", "const": value}


def one_of(values: Iterable[str]) -> Schema:
    """Return the schema of a text that is one of these."""
    return {"type": "string", "enum": list(values)}


def hex_digits(count: int) -> Schema:
    return {"type": "string", "pattern": f"^[0-9a-f]{{{count}}}$"}


@dataclass(frozen=True)
class ObjectSchema:
    """An object on the wire: the JSON schema of each field; optional fields are left out where they have no value.

    `parts` are the objects that its fields refer to.
    """

    name: str
    required: Mapping[str, Schema]
    optional: Mapping[str, Schema]
    example: JSON
    parts: tuple["ObjectSchema", ...] = ()

    @property
    def component(self) -> str:
        """The name in the OpenAPI document, such as AccountExport."""
        return self.name[0].upper() + self.name[1:]

    @property
    def reference(self) -> Schema:
        return {"$ref": f"#/components/schemas/{self.component}"}

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


@dataclass(frozen=True)
class NoContent:
    """An answer with status 204 and without a body; `headers` are described for people."""

    headers: Mapping[str, str]
    name = "nothing"
    reference: ClassVar[Schema] = {}


COUNT = ScalarSchema("integer", NUMBER)
TRUE = ScalarSchema("true", constant(True))

ResponseSchema = ObjectSchema | ListOf | ScalarSchema | NoContent


def objects_in(returned: Iterable[ResponseSchema]) -> list[ObjectSchema]:
    """Return the objects that these results are or contain, each once, by name."""
    items = [it.item if isinstance(it, ListOf) else it for it in returned]
    objects = [it for it in items if isinstance(it, ObjectSchema)]
    by_name = {it.name: it for whole in objects for it in (whole, *whole.parts)}
    return [by_name[name] for name in sorted(by_name)]
