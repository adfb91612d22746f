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
class Input:
    """Something that a request gives: what it is called, what it is for, its JSON schema, and whether it must be there.

    The schema is what the API's document shows; the rules themselves stand in the services.
    """

    name: str
    meaning: str
    schema: Callable[[], Schema]
    required: bool = True
    wanted: Callable[[], bool] | None = None  # for what settings decide: it is needed where they want it, else not read


class Query(Input):
    """A parameter of the query string."""

    def of(self, request: Request) -> str:
        """Its value; empty where it is missing. Several values read as one that names nothing."""
        return "&".join(request.query_params.getlist(self.name))

    def is_in(self, request: Request) -> bool:
        return self.name in request.query_params


class Field(Input):
    """A field of the body."""

    def of(self, request: Request) -> str:
        """Its value; empty where it is missing or not one storable text."""
        body: Any = request.data
        values = body.getlist(self.name) if isinstance(body, QueryDict) else [body.get(self.name)]
        value = values[0] if len(values) == 1 else None
        return value if isinstance(value, str) and is_storable(value) else ""


def text(least: int = 1, most: int | None = None) -> Schema:
    schema: Schema = {"type": "string", "pattern": STORABLE, "minLength": least}
    return schema if most is None else schema | {"maxLength": most}


def between(name: str) -> Schema:
    """A text whose length MINIMUM_<name>_LENGTH and MAXIMUM_<name>_LENGTH bound."""
    return text(getattr(settings, f"MINIMUM_{name}_LENGTH"), getattr(settings, f"MAXIMUM_{name}_LENGTH"))


def at_least(name: str) -> Schema:
    """A text that MINIMUM_<name>_LENGTH bounds."""
    return text(getattr(settings, f"MINIMUM_{name}_LENGTH"))


def an_id(prefix: str) -> Callable[[], Schema]:
    return lambda: {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{16}}$"}


ACCOUNTID = Query("accountid", "The account.", an_id("acct"))
SESSIONID = Query("sessionid", "The session.", an_id("sess"))
PROFILEID = Query("profileid", "The profile.", an_id("prof"))
CODEID = Query("codeid", "The reset code.", an_id("code"))
A_KEY = "[a-z][a-z-]*/(total|[0-9]{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12][0-9]|3[01]))?)?)"
KEYS = Query(
    "keys",
    "The metrics, separated by commas: name/total, name/YYYY, name/YYYY-MM or name/YYYY-MM-DD.",
    lambda: {
        "type": "string",
        "pattern": f"^{A_KEY}(,{A_KEY})*$",
    },
)
OF_ACCOUNT = Query(
    "accountid",
    "Only those of this account; empty, those of all; none where it names no account.",
    lambda: {"type": "string"},
    required=False,
)
OF_ACTION = Query(
    "action",
    "Only those of this operation, as its route is called; empty, those of all; none where there is no such operation.",
    lambda: {"type": "string"},
    required=False,
)

USERNAME = Field("username", "The name to sign in with.", text)
PASSWORD = Field("password", "The password.", text)
LONG_USERNAME = replace(USERNAME, schema=lambda: at_least("USERNAME"))
LONG_PASSWORD = replace(PASSWORD, schema=lambda: at_least("PASSWORD"))
OWN_USERNAME = replace(USERNAME, schema=lambda: between("USERNAME"))
OWN_PASSWORD = replace(PASSWORD, schema=lambda: between("PASSWORD"))
NEW_USERNAME = Field("new-username", "The name to sign in with from now on.", lambda: between("USERNAME"))
NEW_PASSWORD = Field("new-password", "The password from now on.", lambda: between("PASSWORD"))
REMEMBER = Field(
    "remember",
    "How long to stay signed in: hours (8) or days (30); otherwise 20 minutes.",
    lambda: {"type": "string", "enum": ["hours", "days"]},
    required=False,
)
SECRET_CODE = Field(
    "secret-code",
    "The code that somebody who is locked out is told.",
    lambda: between("RESET_CODE") | {"pattern": "^[a-zA-Z0-9]*$"},
)
DEFAULT = Field(
    "default",
    "true makes it the account's default profile.",
    lambda: {"type": "string", "enum": ["true", "false"]},
    required=False,
)
DEFAULT_PROFILEID = Field("profileid", "The profile.", an_id("prof"))
