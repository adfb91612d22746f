"""The routes that make and change profiles, and how they refuse."""

from itertools import groupby

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from tests.accounts.cases import OWN_ACCOUNTID, accountid, taken
from tests.cases import (
    STALE,
    USERNAME,
    Case,
    InvalidInput,
    RequestContext,
    missing,
    names_nothing,
    not_given,
    paging,
    unknown,
)
from tests.factories import PASSWORD, ProfileFactory

PROFILE = {
    "full-name": "Ada Lovelace",
    "contact-email": "ada@example.com",
    "display-email": "countess@example.com",
    "display-name": "Ada",
    "company-name": "Analytical Engines",
    "dob": "1815-12-10",
    "phone": "+44 20 7946 0000",
    "occupation": "mathematician",
    "location": "London",
    "website": "https://ada.example.com",
}


def profileid(context: RequestContext) -> str:
    return ProfileFactory(account=context.account).profileid


def anothers_profileid(context: RequestContext) -> str:
    return ProfileFactory().profileid


def default_profileid(context: RequestContext) -> str:
    profile = ProfileFactory(account=context.account)
    Account.objects.filter(pk=context.account.pk).update(profile=profile)
    return profile.profileid


PROFILEID = (
    *missing(ErrorCode.PROFILEID_MISSING, "profileid"),
    *unknown(ErrorCode.PROFILEID_UNKNOWN, "profileid", profileid),
)
OWN_PROFILEID = (*PROFILEID, InvalidInput(ErrorCode.NOT_OWNED, query={"profileid": anothers_profileid}))


def profile_errors(error_code: ErrorCode, name: str, *values: str) -> tuple[InvalidInput, ...]:
    return *not_given(error_code, name), *(InvalidInput(error_code, body={name: value}) for value in values)


PROFILE_ERRORS = (
    *profile_errors(ErrorCode.FULL_NAME, "full-name", " ", "Ada\nLovelace"),
    InvalidInput(ErrorCode.FULL_NAME_LENGTH, body={"full-name": "a" * 51}),
    *profile_errors(
        ErrorCode.CONTACT_EMAIL, "contact-email", "ada", "ada@", "@example.com", f"{'a' * 245}@example.com"
    ),
    *profile_errors(ErrorCode.DISPLAY_EMAIL, "display-email", "countess at example.com", "a@example.com\n"),
    *profile_errors(ErrorCode.DISPLAY_NAME, "display-name", "\u00a0", "Ada\u202eecalevoL"),
    InvalidInput(ErrorCode.DISPLAY_NAME_LENGTH, body={"display-name": "a" * 51}),
    *profile_errors(ErrorCode.COMPANY_NAME, "company-name", "\t"),
    InvalidInput(ErrorCode.COMPANY_NAME_LENGTH, body={"company-name": "a" * 51}),
    *profile_errors(
        ErrorCode.DOB,
        "dob",
        "1815-02-29",
        "1815-2-1",
        "10.12.1815",
        "18151210",
        "1815-12-10T00:00",
        "0000-01-01",
        "9999-12-31",
    ),
    *profile_errors(ErrorCode.PHONE, "phone", "1" * 256),
    *profile_errors(ErrorCode.OCCUPATION, "occupation", "a" * 256),
    *profile_errors(ErrorCode.LOCATION, "location", "a" * 256),
    *profile_errors(ErrorCode.WEBSITE, "website", "a" * 256),
)

FIRST_OF_EACH_PROFILE_ERROR = tuple(
    next(inputs) for _, inputs in groupby(PROFILE_ERRORS, lambda invalid: invalid.error_code)
)

CASES = (
    Case(
        "POST",
        "user/create-account",
        "guest",
        body={"username": "a-new-name", "password": PASSWORD, **PROFILE},
        settings={"REQUIRE_PROFILE": True, "USER_PROFILE_FIELDS": list(PROFILE)},
        invalid_inputs=(
            InvalidInput(ErrorCode.REGISTRATION_DISABLED, settings={"DISABLE_REGISTRATION": True}),
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            *not_given(ErrorCode.PASSWORD_MISSING, "password"),
            InvalidInput(ErrorCode.USERNAME_LENGTH, body={"username": taken("short")}),
            InvalidInput(ErrorCode.USERNAME_LENGTH, body={"username": taken("a" * 51)}),
            InvalidInput(ErrorCode.PASSWORD_LENGTH, body={"password": "short"}),
            InvalidInput(ErrorCode.PASSWORD_LENGTH, body={"password": "a" * 129}),
            InvalidInput(ErrorCode.USERNAME_CHARACTERS, body={"username": "two  spaces"}),
            InvalidInput(ErrorCode.PASSWORD_WEAK, body={"password": "password1"}),
            InvalidInput(ErrorCode.PASSWORD_WEAK, body={"password": "Dashboard"}),
            *PROFILE_ERRORS,
            InvalidInput(ErrorCode.USERNAME_TAKEN, body={"username": USERNAME}),
        ),
    ),
    Case("GET", "user/profile", "user", query={"profileid": profileid}, invalid_inputs=OWN_PROFILEID),
    Case("GET", "administrator/profile", "administrator", query={"profileid": profileid}, invalid_inputs=PROFILEID),
    Case(
        "GET",
        "user/profiles",
        "user",
        query={"accountid": accountid},
        invalid_inputs=(*OWN_ACCOUNTID, *paging(ErrorCode.PROFILEID_UNKNOWN, profileid)),
    ),
    Case("GET", "user/profiles-count", "user", query={"accountid": accountid}, invalid_inputs=OWN_ACCOUNTID),
    Case(
        "GET", "administrator/profiles", "administrator", invalid_inputs=paging(ErrorCode.PROFILEID_UNKNOWN, profileid)
    ),
    Case("GET", "administrator/profiles-count", "administrator"),
    Case(
        "POST",
        "user/create-profile",
        "user",
        query={"accountid": accountid},
        body={"default": "true", **PROFILE},
        settings={"USER_PROFILE_FIELDS": list(PROFILE)},
        invalid_inputs=(*OWN_ACCOUNTID, *FIRST_OF_EACH_PROFILE_ERROR, STALE),
    ),
    Case(
        "PATCH",
        "user/update-profile",
        "user",
        query={"profileid": profileid},
        body=PROFILE,
        settings={"USER_PROFILE_FIELDS": list(PROFILE)},
        invalid_inputs=(*OWN_PROFILEID, *FIRST_OF_EACH_PROFILE_ERROR, STALE),
    ),
    Case(
        "PATCH",
        "user/set-account-profile",
        "user",
        query={"accountid": accountid},
        body={"profileid": profileid},
        invalid_inputs=(
            *OWN_ACCOUNTID,
            *not_given(ErrorCode.PROFILEID_MISSING, "profileid"),
            *(
                InvalidInput(ErrorCode.PROFILEID_UNKNOWN, body={"profileid": value})
                for value in names_nothing(profileid)
            ),
            InvalidInput(ErrorCode.NOT_OWNED, body={"profileid": anothers_profileid}),
            STALE,
        ),
    ),
    Case(
        "DELETE",
        "user/delete-profile",
        "user",
        query={"profileid": profileid},
        invalid_inputs=(
            *missing(ErrorCode.PROFILEID_MISSING, "profileid"),
            InvalidInput(ErrorCode.DEFAULT_PROFILE, query={"profileid": default_profileid}),
            *unknown(ErrorCode.PROFILEID_UNKNOWN, "profileid", profileid),
            InvalidInput(ErrorCode.NOT_OWNED, query={"profileid": anothers_profileid}),
        ),
    ),
)
