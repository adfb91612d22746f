"""What makes a profile valid: the fields that USER_PROFILE_FIELDS asks for, in that order."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from dashboard.api.parameters import bounded_text
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import Schema

Value = str | date
Rule = Callable[[str], Value | None]

LONGEST = 255
DATE_PATTERN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def text(value: str) -> str | None:
    return value if 0 < len(value) <= LONGEST else None


def email(value: str) -> str | None:
    try:
        validate_email(value)
    except ValidationError:
        return None
    return text(value)


def day(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if DATE_PATTERN.fullmatch(value) else None
    except ValueError:
        return None


SCHEMA_OF: dict[Rule, Schema] = {
    text: {"type": "string", "maxLength": LONGEST},
    email: {"type": "string", "format": "email", "maxLength": LONGEST},
    day: {"type": "string", "format": "date"},
}


@dataclass(frozen=True)
class Length:
    """The bounds that two settings give, MINIMUM_PROFILE_<name>_LENGTH and MAXIMUM_PROFILE_<name>_LENGTH."""

    name: str
    refusal: ErrorCode

    def check(self, value: str) -> None:
        least: int = getattr(settings, f"MINIMUM_PROFILE_{self.name}_LENGTH")
        most: int = getattr(settings, f"MAXIMUM_PROFILE_{self.name}_LENGTH")
        if not least <= len(value) <= most:
            raise DashboardError(self.refusal)


@dataclass(frozen=True)
class ProfileField:
    """How one field is read, and how it is refused."""

    refusal: ErrorCode
    rule: Rule = text
    length: Length | None = None
    description: str = "Any text, at most 255 characters."

    def as_schema(self) -> Schema:
        """Its JSON schema, for the API's document."""
        return SCHEMA_OF[self.rule] if self.length is None else bounded_text(f"PROFILE_{self.length.name}")

    def read(self, given: str) -> Value:
        """Raises the field's own refusal (400) where it is missing or has not its form, and that of its length."""
        if given and self.length:
            self.length.check(given)
        value = self.rule(given)
        if value is None:
            raise DashboardError(self.refusal)
        return value


PROFILE_FIELDS = {
    "full-name": ProfileField(ErrorCode.FULL_NAME, length=Length("FULL_NAME", ErrorCode.FULL_NAME_LENGTH)),
    "contact-email": ProfileField(ErrorCode.CONTACT_EMAIL, email),
    "display-name": ProfileField(ErrorCode.DISPLAY_NAME, length=Length("DISPLAY_NAME", ErrorCode.DISPLAY_NAME_LENGTH)),
    "display-email": ProfileField(ErrorCode.DISPLAY_EMAIL, email),
    "dob": ProfileField(ErrorCode.DOB, day),
    "phone": ProfileField(ErrorCode.PHONE),
    "occupation": ProfileField(ErrorCode.OCCUPATION),
    "location": ProfileField(ErrorCode.LOCATION),
    "company-name": ProfileField(ErrorCode.COMPANY_NAME, length=Length("COMPANY_NAME", ErrorCode.COMPANY_NAME_LENGTH)),
    "website": ProfileField(ErrorCode.WEBSITE),
}


def read_profile(given: Mapping[str, str]) -> dict[str, Value]:
    """The columns of a profile from the fields posted, `given` by their names on the wire.

    Raises the first refusal (400) in the order of USER_PROFILE_FIELDS; other fields are not looked at.
    """
    return {
        name.replace("-", "_"): PROFILE_FIELDS[name].read(given.get(name, "")) for name in settings.USER_PROFILE_FIELDS
    }
