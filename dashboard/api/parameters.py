"""Reading a request: ids from the query string, fields from the body.

What cannot be meant reads as what is certainly refused: an id given twice names nothing, a field given twice, not text,
or with a character that cannot be stored is missing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.http import QueryDict
from rest_framework.request import Request

from dashboard.core.json import Schema
from dashboard.core.text import STORABLE, is_storable


@dataclass(frozen=True)
class Parameter:
    """Something that a request gives: what it is called, what it is for, its JSON schema, and whether it must be there.

    The schema is what the API's document shows; the rules themselves stand in the services.
    """

    name: str
    description: str
    schema: Callable[[], Schema]
    required: bool = True
    enabled: Callable[[], bool] | None = (
        None  # for what settings decide: it is needed where they want it, else not read
    )


class QueryParameter(Parameter):
    """A parameter of the query string."""

    def read(self, request: Request) -> str:
        """Its value; empty where it is missing. Several values read as one that names nothing."""
        return "&".join(request.query_params.getlist(self.name))

    def is_present(self, request: Request) -> bool:
        return self.name in request.query_params


class BodyField(Parameter):
    """A field of the body."""

    def read(self, request: Request) -> str:
        """Its value; empty where it is missing or not one storable text."""
        body: Any = request.data
        values = body.getlist(self.name) if isinstance(body, QueryDict) else [body.get(self.name)]
        value = values[0] if len(values) == 1 else None
        return value if isinstance(value, str) and is_storable(value) else ""


def text(least: int = 1, most: int | None = None) -> Schema:
    schema: Schema = {"type": "string", "pattern": STORABLE, "minLength": least}
    return schema if most is None else schema | {"maxLength": most}


def bounded_text(name: str) -> Schema:
    """A text whose length MINIMUM_<name>_LENGTH and MAXIMUM_<name>_LENGTH bound."""
    return text(getattr(settings, f"MINIMUM_{name}_LENGTH"), getattr(settings, f"MAXIMUM_{name}_LENGTH"))


def text_of_min_length(name: str) -> Schema:
    """A text that MINIMUM_<name>_LENGTH bounds."""
    return text(getattr(settings, f"MINIMUM_{name}_LENGTH"))


def id_schema(prefix: str) -> Callable[[], Schema]:
    return lambda: {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{16}}$"}


ACCOUNTID = QueryParameter("accountid", "The account.", id_schema("acct"))
SESSIONID = QueryParameter("sessionid", "The session.", id_schema("sess"))
PROFILEID = QueryParameter("profileid", "The profile.", id_schema("prof"))
CODEID = QueryParameter("codeid", "The reset code.", id_schema("code"))
METRIC_KEY_PATTERN = "[a-z][a-z-]*/(total|[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)"
KEYS = QueryParameter(
    "keys",
    "The metrics, separated by commas: name/total, name/YYYY, name/YYYY-MM or name/YYYY-MM-DD.",
    lambda: {
        "type": "string",
        "pattern": f"^{METRIC_KEY_PATTERN}(,{METRIC_KEY_PATTERN})*$",
    },
)
ACCOUNTID_FILTER = QueryParameter(
    "accountid",
    "Only those of this account; empty, those of all; none where it names no account.",
    lambda: {"type": "string"},
    required=False,
)
ACTION_FILTER = QueryParameter(
    "action",
    "Only those of this operation, as its route is called; empty, those of all; none where there is no such operation.",
    lambda: {"type": "string"},
    required=False,
)

USERNAME = BodyField("username", "The name to sign in with.", text)
PASSWORD = BodyField("password", "The password.", text)
USERNAME_MIN_LENGTH = replace(USERNAME, schema=lambda: text_of_min_length("USERNAME"))
PASSWORD_MIN_LENGTH = replace(PASSWORD, schema=lambda: text_of_min_length("PASSWORD"))
USERNAME_BOUNDED = replace(USERNAME, schema=lambda: bounded_text("USERNAME"))
PASSWORD_BOUNDED = replace(PASSWORD, schema=lambda: bounded_text("PASSWORD"))
NEW_USERNAME = BodyField("new-username", "The name to sign in with from now on.", lambda: bounded_text("USERNAME"))
NEW_PASSWORD = BodyField("new-password", "The password from now on.", lambda: bounded_text("PASSWORD"))
REMEMBER = BodyField(
    "remember",
    "How long to stay signed in: hours (8) or days (30); otherwise 20 minutes.",
    lambda: {"type": "string", "enum": ["hours", "days"]},
    required=False,
)
SECRET_CODE = BodyField(
    "secret-code",
    "The code that somebody who is locked out is told.",
    lambda: bounded_text("RESET_CODE") | {"pattern": "^[a-zA-Z0-9]*$"},
)
DEFAULT = BodyField(
    "default",
    "true makes it the account's default profile.",
    lambda: {"type": "string", "enum": ["true", "false"]},
    required=False,
)
DEFAULT_PROFILEID = BodyField("profileid", "The profile.", id_schema("prof"))
