"""What routes of accounts and profiles read, and what they refuse alike."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from django.conf import settings
from rest_framework.request import Request

from accounts.models import Account
from accounts.profile_fields import PROFILE_FIELDS
from accounts.requests import SignedInRequest
from accounts.services.credentials import own_account
from dashboard.api.parameters import ACCOUNTID, BodyField
from dashboard.core.errors import ErrorCode


def is_enabled(name: str) -> bool:
    return name in settings.USER_PROFILE_FIELDS


def is_enabled_at_registration(name: str) -> bool:
    return settings.REQUIRE_PROFILE and is_enabled(name)


PROFILE = tuple(
    BodyField(name, field.description, field.as_schema, required=False, enabled=partial(is_enabled, name))
    for name, field in PROFILE_FIELDS.items()
)
FIRST_PROFILE = tuple(replace(field, enabled=partial(is_enabled_at_registration, field.name)) for field in PROFILE)

ACCOUNTID_ERRORS = (ErrorCode.ACCOUNTID_MISSING, ErrorCode.ACCOUNTID_UNKNOWN)
OWN_ACCOUNT_ERRORS = (*ACCOUNTID_ERRORS, ErrorCode.NOT_OWNED)
PROFILEID_ERRORS = (ErrorCode.PROFILEID_MISSING, ErrorCode.PROFILEID_UNKNOWN)
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
    """The caller's account, if it is that which the query names. Raises as OWN_ACCOUNT_ERRORS says."""
    return own_account(ACCOUNTID.read(request), request.user)


def posted_profile(request: Request) -> Mapping[str, str]:
    """The profile fields of the body, by their names on the wire."""
    return {field.name: field.read(request) for field in PROFILE}
