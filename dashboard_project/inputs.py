"""Reading a request: ids from the query string, fields from the body.

What cannot be meant reads as what is certainly refused: an id given twice names nothing, a field given twice, not text,
or with a character that cannot be stored is missing.
"""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from rest_framework.request import Request


@dataclass(frozen=True)
class Query:
    """A parameter of the query string."""

    name: str

    def of(self, request: Request) -> str:
        """Its value; empty where it is missing. Several values read as one that names nothing."""
        return "&".join(request.query_params.getlist(self.name))


@dataclass(frozen=True)
class Field:
    """A field of the body."""

    name: str

    def of(self, request: Request) -> str:
        """Its value; empty where it is missing or not one storable text."""
        body: Any = request.data
        values = body.getlist(self.name) if isinstance(body, QueryDict) else [body.get(self.name)]
        value = values[0] if len(values) == 1 else None
        return value if isinstance(value, str) and is_storable(value) else ""


def is_storable(text: str) -> bool:
    """Whether a text has neither NUL, which PostgreSQL has no room for, nor a lone surrogate, which UTF-8 has not."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


ACCOUNTID = Query("accountid")
SESSIONID = Query("sessionid")
PROFILEID = Query("profileid")

USERNAME = Field("username")
PASSWORD = Field("password")
REMEMBER = Field("remember")
SECRET_CODE = Field("secret-code")
