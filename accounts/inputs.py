"""What routes of accounts and profiles read, and what they refuse alike."""

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from django.conf import settings
from rest_framework.request import Request

from accounts.models import Account
from accounts.profiles import PROFILE_FIELDS
from accounts.requests import SignedInRequest
from accounts.services.credentials import own_account
from dashboard.api.parameters import ACCOUNTID, Field
from dashboard.core.errors import Refusal


def is_wanted(name: str) -> bool:
    return name in settings.USER_PROFILE_FIELDS


def is_wanted_at_registration(name: str) -> bool:
    return settings.REQUIRE_PROFILE and is_wanted(name)


PROFILE = tuple(
    Field(name, field.meaning, field.as_schema, required=False, wanted=partial(is_wanted, name))
    for name, field in PROFILE_FIELDS.items()
)
FIRST_PROFILE = tuple(replace(field, wanted=partial(is_wanted_at_registration, field.name)) for field in PROFILE)

ACCOUNTID_ERRORS = (Refusal.ACCOUNTID_MISSING, Refusal.ACCOUNTID_UNKNOWN)
OWN_ACCOUNT_ERRORS = (*ACCOUNTID_ERRORS, Refusal.ANOTHERS)
PROFILEID_ERRORS = (Refusal.PROFILEID_MISSING, Refusal.PROFILEID_UNKNOWN)
PROFILE_ERRORS = (
    Refusal.FULL_NAME,
    Refusal.FULL_NAME_LENGTH,
    Refusal.CONTACT_EMAIL,
    Refusal.DISPLAY_EMAIL,
    Refusal.DISPLAY_NAME,
    Refusal.DISPLAY_NAME_LENGTH,
    Refusal.COMPANY_NAME,
    Refusal.COMPANY_NAME_LENGTH,
    Refusal.DOB,
    Refusal.PHONE,
    Refusal.OCCUPATION,
    Refusal.LOCATION,
    Refusal.WEBSITE,
)


def own(request: SignedInRequest) -> Account:
    """The caller's account, if it is that which the query names. Raises as OWN_ACCOUNT_ERRORS says."""
    return own_account(ACCOUNTID.of(request), request.user)


def posted_profile(request: Request) -> Mapping[str, str]:
    """The profile fields of the body, by their names on the wire."""
    return {field.name: field.of(request) for field in PROFILE}
