"""The routes that make and change profiles, and how they refuse."""

from itertools import groupby

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from tests.accounts.cases import OWN_ACCOUNTID, accountid, taken
from tests.cases import USERNAME, Case, Fault, Scene, missing, names_nothing, not_given, paging, unknown
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


def profileid(scene: Scene) -> str:
    return ProfileFactory(account=scene.account).profileid


def anothers_profileid(scene: Scene) -> str:
    return ProfileFactory().profileid


def default_profileid(scene: Scene) -> str:
    profile = ProfileFactory(account=scene.account)
    Account.objects.filter(pk=scene.account.pk).update(profile=profile)
    return profile.profileid


PROFILEID = (
    *missing(ErrorCode.PROFILEID_MISSING, "profileid"),
    *unknown(ErrorCode.PROFILEID_UNKNOWN, "profileid", profileid),
)
OWN_PROFILEID = (*PROFILEID, Fault(ErrorCode.NOT_OWNED, query={"profileid": anothers_profileid}))


def profile_faults(refusal: ErrorCode, name: str, *values: str) -> tuple[Fault, ...]:
    return *not_given(refusal, name), *(Fault(refusal, body={name: value}) for value in values)


PROFILE_FAULTS = (
    *profile_faults(ErrorCode.FULL_NAME, "full-name"),
    Fault(ErrorCode.FULL_NAME_LENGTH, body={"full-name": "a" * 51}),
    *profile_faults(
        ErrorCode.CONTACT_EMAIL, "contact-email", "ada", "ada@", "@example.com", f"{'a' * 245}@example.com"
    ),
    *profile_faults(ErrorCode.DISPLAY_EMAIL, "display-email", "countess at example.com", "a@example.com\n"),
    *profile_faults(ErrorCode.DISPLAY_NAME, "display-name"),
    Fault(ErrorCode.DISPLAY_NAME_LENGTH, body={"display-name": "a" * 51}),
    *profile_faults(ErrorCode.COMPANY_NAME, "company-name"),
    Fault(ErrorCode.COMPANY_NAME_LENGTH, body={"company-name": "a" * 51}),
    *profile_faults(
        ErrorCode.DOB, "dob", "1815-02-29", "1815-2-1", "10.12.1815", "18151210", "1815-12-10T00:00", "0000-01-01"
    ),
    *profile_faults(ErrorCode.PHONE, "phone", "1" * 256),
    *profile_faults(ErrorCode.OCCUPATION, "occupation", "a" * 256),
    *profile_faults(ErrorCode.LOCATION, "location", "a" * 256),
    *profile_faults(ErrorCode.WEBSITE, "website", "a" * 256),
)

PROFILE_FAULTS_IN_BRIEF = tuple(next(faults) for _, faults in groupby(PROFILE_FAULTS, lambda fault: fault.refusal))

CASES = (
    Case(
        "POST",
        "user/create-account",
        "guest",
        body={"username": "a-new-name", "password": PASSWORD, **PROFILE},
        settings={"REQUIRE_PROFILE": True, "USER_PROFILE_FIELDS": list(PROFILE)},
        faults=(
            Fault(ErrorCode.REGISTRATION_DISABLED, settings={"DISABLE_REGISTRATION": True}),
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            *not_given(ErrorCode.PASSWORD_MISSING, "password"),
            Fault(ErrorCode.USERNAME_LENGTH, body={"username": taken("short")}),
            Fault(ErrorCode.USERNAME_LENGTH, body={"username": taken("a" * 51)}),
            Fault(ErrorCode.PASSWORD_LENGTH, body={"password": "short"}),
            Fault(ErrorCode.PASSWORD_LENGTH, body={"password": "a" * 51}),
            *PROFILE_FAULTS,
            Fault(ErrorCode.USERNAME_TAKEN, body={"username": USERNAME}),
        ),
    ),
    Case("GET", "user/profile", "user", query={"profileid": profileid}, faults=OWN_PROFILEID),
    Case("GET", "administrator/profile", "administrator", query={"profileid": profileid}, faults=PROFILEID),
    Case(
        "GET",
        "user/profiles",
        "user",
        query={"accountid": accountid},
        faults=(*OWN_ACCOUNTID, *paging(ErrorCode.PROFILEID_UNKNOWN, profileid)),
    ),
    Case("GET", "user/profiles-count", "user", query={"accountid": accountid}, faults=OWN_ACCOUNTID),
    Case("GET", "administrator/profiles", "administrator", faults=paging(ErrorCode.PROFILEID_UNKNOWN, profileid)),
    Case("GET", "administrator/profiles-count", "administrator"),
    Case(
        "POST",
        "user/create-profile",
        "user",
        query={"accountid": accountid},
        body={"default": "true", **PROFILE},
        settings={"USER_PROFILE_FIELDS": list(PROFILE)},
        faults=(*OWN_ACCOUNTID, *PROFILE_FAULTS_IN_BRIEF),
    ),
    Case(
        "PATCH",
        "user/update-profile",
        "user",
        query={"profileid": profileid},
        body=PROFILE,
        settings={"USER_PROFILE_FIELDS": list(PROFILE)},
        faults=(*OWN_PROFILEID, *PROFILE_FAULTS_IN_BRIEF),
    ),
    Case(
        "PATCH",
        "user/set-account-profile",
        "user",
        query={"accountid": accountid},
        body={"profileid": profileid},
        faults=(
            *OWN_ACCOUNTID,
            *not_given(ErrorCode.PROFILEID_MISSING, "profileid"),
            *(Fault(ErrorCode.PROFILEID_UNKNOWN, body={"profileid": value}) for value in names_nothing(profileid)),
            Fault(ErrorCode.NOT_OWNED, body={"profileid": anothers_profileid}),
        ),
    ),
    Case(
        "DELETE",
        "user/delete-profile",
        "user",
        query={"profileid": profileid},
        faults=(
            *missing(ErrorCode.PROFILEID_MISSING, "profileid"),
            Fault(ErrorCode.DEFAULT_PROFILE, query={"profileid": default_profileid}),
            *unknown(ErrorCode.PROFILEID_UNKNOWN, "profileid", profileid),
            Fault(ErrorCode.NOT_OWNED, query={"profileid": anothers_profileid}),
        ),
    ),
)
