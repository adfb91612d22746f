"""Parameters of the query string and fields of the body: how they are read and documented.

Malformed input is read as missing: repeated ids match no row; a field that is repeated, is not text or cannot be stored
counts as absent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import QueryDict
from rest_framework.request import Request

from dashboard.api.schema.objects import id_schema
from dashboard.core.json import Schema
from dashboard.core.text import STORABLE, is_storable

CONTRACT_MIN_LENGTH = 6


@dataclass(frozen=True)
class Parameter:
    """A named input of a route. Its JSON schema is for the documentation; services enforce the rules.

    `enabled` is for a field that depends on settings: where it returns True the field is required, else ignored.
    `example` is what the explorer fills in.
    """

    name: str
    description: str
    schema: Callable[[], Schema]
    required: bool = True
    enabled: Callable[[], bool] | None = None
    example: str = ""


class QueryParameter(Parameter):
    """A parameter of the query string."""

    def read(self, request: Request) -> str:
        """Return the value, or "" if it is missing. Repeated values are joined into one that matches no row."""
        return "&".join(request.query_params.getlist(self.name))

    def is_present(self, request: Request) -> bool:
        return self.name in request.query_params


class BodyField(Parameter):
    """A field of the body."""

    def read(self, request: Request) -> str:
        """Return the value, or "" if it is missing, repeated, not text or not storable."""
        body: Any = request.data
        values = body.getlist(self.name) if isinstance(body, QueryDict) else [body.get(self.name)]
        value = values[0] if len(values) == 1 else None
        return value if isinstance(value, str) and is_storable(value) else ""


def text_schema(minimum: int = 1, maximum: int | None = None) -> Schema:
    """Return the schema of a storable text of so many characters."""
    schema: Schema = {"type": "string", "pattern": STORABLE, "minLength": minimum}
    return schema if maximum is None else schema | {"maxLength": maximum}


def bounded_text(name: str) -> Schema:
    """Return the schema of a text between the settings MINIMUM_<name>_LENGTH and MAXIMUM_<name>_LENGTH."""
    return text_schema(getattr(settings, f"MINIMUM_{name}_LENGTH"), getattr(settings, f"MAXIMUM_{name}_LENGTH"))


def existing_min_length(name: str) -> int:
    """Return how many characters an existing username or password has at least.

    It is MINIMUM_<name>_LENGTH, but no more than the contract's default: what exists may be older than the setting, or
    imported from a Node Dashboard.
    """
    minimum: int = getattr(settings, f"MINIMUM_{name}_LENGTH")
    return min(minimum, CONTRACT_MIN_LENGTH)


def text_of_min_length(name: str) -> Schema:
    """Return the schema of an existing username or password."""
    return text_schema(existing_min_length(name))


def id_parameter(name: str, prefix: str, description: str) -> QueryParameter:
    """Return the parameter of an id with this prefix, such as acct_8485ad4a95d2eac8."""
    return QueryParameter(name, description, lambda: id_schema(prefix))


ACCOUNTID = id_parameter("accountid", "acct", "The account.")
ACCOUNTID_FILTER = QueryParameter(
    "accountid",
    "Only rows of this account. If it is empty, rows of all accounts; if no account has this id, none.",
    lambda: {"type": "string"},
    required=False,
)
