"""Parameters of the routes of accounts and profiles, and the errors that they share."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from django.conf import settings
from rest_framework.request import Request

from accounts.models import Account
from accounts.profile_fields import PROFILE_FIELDS
from accounts.requests import SignedInRequest
from accounts.services.credentials import own_account
from dashboard.api.parameters import (
    ACCOUNTID,
    BodyField,
    bounded_text,
    id_parameter,
    text_of_min_length,
    text_schema,
)
from dashboard.api.schema.objects import id_schema, one_of
from dashboard.core.errors import ErrorCode

USERNAME = BodyField("username", "The name to sign in with.", text_schema, example="ada-example")
PASSWORD = BodyField("password", "The password.", text_schema, example="change-this")
USERNAME_MIN_LENGTH = replace(USERNAME, schema=lambda: text_of_min_length("USERNAME"))
PASSWORD_MIN_LENGTH = replace(PASSWORD, schema=lambda: text_of_min_length("PASSWORD"))
USERNAME_BOUNDED = replace(USERNAME, schema=lambda: bounded_text("USERNAME"))
PASSWORD_BOUNDED = replace(PASSWORD, schema=lambda: bounded_text("PASSWORD"))
NEW_USERNAME = BodyField(
    "new-username", "The new name to sign in with.", lambda: bounded_text("USERNAME"), example="ada-example"
)
NEW_PASSWORD = BodyField("new-password", "The new password.", lambda: bounded_text("PASSWORD"), example="change-this")

PROFILEID = id_parameter("profileid", "prof", "The profile.")
DEFAULT_PROFILEID = BodyField("profileid", "The profile.", lambda: id_schema("prof"))
DEFAULT = BodyField(
    "default",
    "Whether to make it the default profile of the account.",
    lambda: one_of(["true", "false"]),
    required=False,
)


def _is_enabled(name: str) -> bool:
    return name in settings.USER_PROFILE_FIELDS


def _is_enabled_at_registration(name: str) -> bool:
    return settings.REQUIRE_PROFILE and _is_enabled(name)


PROFILE_BODY = tuple(
    BodyField(
        name,
        field.description,
        field.as_schema,
        required=False,
        enabled=partial(_is_enabled, name),
        example=field.example,
    )
    for name, field in PROFILE_FIELDS.items()
)
REGISTRATION_PROFILE_BODY = tuple(
    replace(field, enabled=partial(_is_enabled_at_registration, field.name)) for field in PROFILE_BODY
)

ACCOUNTID_ERRORS = (ErrorCode.ACCOUNTID_MISSING, ErrorCode.ACCOUNTID_UNKNOWN)
ADMINISTERED_ERRORS = (*ACCOUNTID_ERRORS, ErrorCode.ADMINISTRATOR_PROTECTED)
OWN_ACCOUNT_ERRORS = (*ACCOUNTID_ERRORS, ErrorCode.NOT_OWNED)
PASSWORD_ERRORS = (ErrorCode.PASSWORD_MISSING, ErrorCode.ACCOUNT_LOCKED, ErrorCode.PASSWORD_WRONG)
PROFILEID_ERRORS = (ErrorCode.PROFILEID_MISSING, ErrorCode.PROFILEID_UNKNOWN)
OWN_PROFILE_ERRORS = (*PROFILEID_ERRORS, ErrorCode.NOT_OWNED)
PROFILE_ERRORS = (
    ErrorCode.FULL_NAME,
    ErrorCode.FULL_NAME_LENGTH,
    ErrorCode.CONTACT_EMAIL,
    ErrorCode.DISPLAY_EMAIL,
    ErrorCode.DISPLAY_NAME,
    ErrorCode.DISPLAY_NAME_LENGTH,
    ErrorCode.COMPANY_NAME,
    ErrorCode.COMPANY_NAME_LENGTH,
    ErrorCode.DOB,
    ErrorCode.PHONE,
    ErrorCode.OCCUPATION,
    ErrorCode.LOCATION,
    ErrorCode.WEBSITE,
)


def caller_account(request: SignedInRequest) -> Account:
    """Return the caller's account, which `accountid` must name. Raises the errors of OWN_ACCOUNT_ERRORS."""
    return own_account(ACCOUNTID.read(request), request.user)


def posted_profile(request: Request) -> Mapping[str, str]:
    """Return the profile fields of the body, by their names on the wire."""
    return {field.name: field.read(request) for field in PROFILE_BODY}
