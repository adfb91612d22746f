"""Validation of profiles: the fields of USER_PROFILE_FIELDS, in that order."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from accounts.validation import check_length
from dashboard.api.parameters import bounded_text
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import Schema
from dashboard.core.text import ONE_LINE, is_one_line, normalize

Value = str | date
Rule = Callable[[str], Value | None]

MAX_LENGTH = 255
MAX_LOCAL_BYTES, MAX_EMAIL_BYTES = 64, 254
EARLIEST_TIME_ZONE = timedelta(hours=14)  # Kiribati
DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def text(value: str) -> str | None:
    """Return a text of any script in one line, or None."""
    return value if len(value) <= MAX_LENGTH and is_one_line(value) else None


def email(value: str) -> str | None:
    """Return an email address, which may be internationalized (RFC 6531), or None.

    Django's validator takes international domains. Before the @ it takes ASCII, so every other visible character is
    judged as a letter, as RFC 6532, section 3.2, does. The limits, in bytes, are those of RFC 5321, section 4.5.3.1.
    """
    local, at, domain = value.rpartition("@")
    as_ascii = "".join(letter if letter.isascii() or not letter.isprintable() else "x" for letter in local)
    try:
        validate_email(f"{as_ascii}{at}{domain}")
    except ValidationError:
        return None
    is_short = len(local.encode()) <= MAX_LOCAL_BYTES and len(value.encode()) <= MAX_EMAIL_BYTES
    return text(value) if is_short else None


def day(value: str) -> date | None:
    """Return a date, written YYYY-MM-DD, or None."""
    try:
        return date.fromisoformat(value) if DATE_PATTERN.fullmatch(value) else None
    except ValueError:
        return None


def date_of_birth(value: str) -> date | None:
    """Return a date that has begun somewhere on Earth, or None."""
    found = day(value)
    return None if found is None or is_future(found) else found


def is_future(value: date) -> bool:
    return value > (timezone.now() + EARLIEST_TIME_ZONE).date()


SCHEMA_OF: dict[Rule, Schema] = {
    text: {"type": "string", "pattern": ONE_LINE, "maxLength": MAX_LENGTH},
    email: {"type": "string", "format": "email", "maxLength": MAX_EMAIL_BYTES},
    date_of_birth: {"type": "string", "format": "date"},
}


@dataclass(frozen=True)
class Length:
    """The bounds of two settings, MINIMUM_PROFILE_<name>_LENGTH and MAXIMUM_PROFILE_<name>_LENGTH."""

    name: str
    error_code: ErrorCode

    def check(self, value: str) -> None:
        check_length(value, f"PROFILE_{self.name}", self.error_code)


@dataclass(frozen=True)
class ProfileField:
    """The parser of a field, and the error code of an invalid value."""

    error_code: ErrorCode
    rule: Rule = text
    length: Length | None = None
    description: str = "Text in one line, at most 255 characters."
    example: str = ""

    def as_schema(self) -> Schema:
        """Return the JSON schema for the OpenAPI document."""
        if self.length is None:
            return SCHEMA_OF[self.rule]
        return bounded_text(f"PROFILE_{self.length.name}") | {"pattern": ONE_LINE}

    def read(self, given: str) -> Value:
        """Parse a value. Raises the field's error (400) for a missing or malformed one, and that of its length."""
        given = normalize(given)
        if given and self.length:
            self.length.check(given)
        value = self.rule(given)
        if value is None:
            raise DashboardError(self.error_code)
        return value


PROFILE_FIELDS = {
    "full-name": ProfileField(
        ErrorCode.FULL_NAME, length=Length("FULL_NAME", ErrorCode.FULL_NAME_LENGTH), example="Ada Example"
    ),
    "contact-email": ProfileField(ErrorCode.CONTACT_EMAIL, email, example="ada@example.com"),
    "display-name": ProfileField(
        ErrorCode.DISPLAY_NAME, length=Length("DISPLAY_NAME", ErrorCode.DISPLAY_NAME_LENGTH), example="Ada"
    ),
    "display-email": ProfileField(ErrorCode.DISPLAY_EMAIL, email, example="ada@example.com"),
    "dob": ProfileField(ErrorCode.DOB, date_of_birth, example="1990-12-10"),
    "phone": ProfileField(ErrorCode.PHONE, example="555 0100"),
    "occupation": ProfileField(ErrorCode.OCCUPATION, example="Engineer"),
    "location": ProfileField(ErrorCode.LOCATION, example="London"),
    "company-name": ProfileField(
        ErrorCode.COMPANY_NAME, length=Length("COMPANY_NAME", ErrorCode.COMPANY_NAME_LENGTH), example="Example Ltd"
    ),
    "website": ProfileField(ErrorCode.WEBSITE, example="https://example.com"),
}


def read_profile(given: Mapping[str, str]) -> dict[str, Value]:
    """Return the columns of a profile. `given` maps the names of its fields on the wire to their values.

    Raises the first error (400) in the order of USER_PROFILE_FIELDS. Other fields are ignored.
    """
    return {
        name.replace("-", "_"): PROFILE_FIELDS[name].read(given.get(name, "")) for name in settings.USER_PROFILE_FIELDS
    }
