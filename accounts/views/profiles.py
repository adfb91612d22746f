"""Routes of profiles."""

from django.http.response import HttpResponseBase

from accounts.models import Profile
from accounts.parameters import (
    OWN_ACCOUNT_ERRORS,
    PROFILE,
    PROFILE_ERRORS,
    PROFILEID_ERRORS,
    caller_account,
    posted_profile,
)
from accounts.requests import SignedInRequest
from accounts.schemas import PROFILE as PROFILE_OBJECT
from accounts.services import profiles
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList, paginate
from dashboard.api.parameters import ACCOUNTID, ACCOUNTID_FILTER, DEFAULT, PROFILEID
from dashboard.api.responses import JSONResponse
from dashboard.api.routing import AdministratorViewSet, UserViewSet, route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.core.errors import ErrorCode

OWN_PROFILE_ERRORS = (*PROFILEID_ERRORS, ErrorCode.NOT_OWNED)


class UserProfileViewSet(UserViewSet):
    @route(
        "GET", "profile", query=(PROFILEID,), returns=PROFILE_OBJECT, errors=OWN_PROFILE_ERRORS, cached_model=Profile
    )
    def profile(self, request: SignedInRequest) -> JSONResponse:
        """One of one's own profiles."""
        return JSONResponse(
            Profile.objects.get_cached_own(PROFILEID.read(request), request.user.accountid, request.seen).as_json()
        )

    @route(
        "GET",
        "profiles",
        query=(ACCOUNTID, *PAGINATION_PARAMETERS),
        returns=ListOf(PROFILE_OBJECT),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGINATION_ERRORS, ErrorCode.PROFILEID_UNKNOWN),
    )
    def profiles(self, request: SignedInRequest) -> HttpResponseBase:
        """One's own profiles, newest first."""
        return paginate(request, RecordList(Profile.objects.all, caller_account(request).accountid))

    @route("GET", "profiles-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def profiles_count(self, request: SignedInRequest) -> JSONResponse:
        """How many profiles one has."""
        return JSONResponse(Profile.objects.filter(account=caller_account(request)).count())

    @route(
        "POST",
        "create-profile",
        query=(ACCOUNTID,),
        body=(*PROFILE, DEFAULT),
        returns=PROFILE_OBJECT,
        errors=(*OWN_ACCOUNT_ERRORS, *PROFILE_ERRORS),
    )
    def create_profile(self, request: SignedInRequest) -> JSONResponse:
        """Make a profile, with the fields of USER_PROFILE_FIELDS."""
        accountid, default = caller_account(request).accountid, DEFAULT.read(request) == "true"
        profile = profiles.create_profile(accountid, posted_profile(request), request.actor, default=default)
        return JSONResponse(profile.as_json())

    @route(
        "PATCH",
        "update-profile",
        query=(PROFILEID,),
        body=PROFILE,
        returns=PROFILE_OBJECT,
        errors=(*OWN_PROFILE_ERRORS, *PROFILE_ERRORS),
    )
    def update_profile(self, request: SignedInRequest) -> JSONResponse:
        """Change one of one's own profiles: all fields of USER_PROFILE_FIELDS."""
        profileid, given = PROFILEID.read(request), posted_profile(request)
        return JSONResponse(profiles.update_profile(profileid, request.user.accountid, given, request.actor).as_json())

    @route(
        "DELETE",
        "delete-profile",
        query=(PROFILEID,),
        returns=TRUE,
        errors=(
            ErrorCode.PROFILEID_MISSING,
            ErrorCode.DEFAULT_PROFILE,
            ErrorCode.PROFILEID_UNKNOWN,
            ErrorCode.NOT_OWNED,
        ),
    )
    def delete_profile(self, request: SignedInRequest) -> JSONResponse:
        """Delete one of one's own profiles, but not the default one."""
        profiles.delete_profile(PROFILEID.read(request), request.user.accountid, request.actor)
        return JSONResponse(True)


class AdministratorProfileViewSet(AdministratorViewSet):
    @route("GET", "profile", query=(PROFILEID,), returns=PROFILE_OBJECT, errors=PROFILEID_ERRORS, cached_model=Profile)
    def profile(self, request: SignedInRequest) -> JSONResponse:
        """A profile."""
        return JSONResponse(Profile.objects.get_cached(PROFILEID.read(request), request.seen).as_json())

    @route(
        "GET",
        "profiles",
        query=(ACCOUNTID_FILTER, *PAGINATION_PARAMETERS),
        returns=ListOf(PROFILE_OBJECT),
        errors=(*PAGINATION_ERRORS, ErrorCode.PROFILEID_UNKNOWN),
    )
    def profiles(self, request: SignedInRequest) -> HttpResponseBase:
        """Profiles, newest first."""
        return paginate(request, RecordList(Profile.objects.all, ACCOUNTID_FILTER.read(request)))

    @route("GET", "profiles-count", query=(ACCOUNTID_FILTER,), returns=COUNT)
    def profiles_count(self, request: SignedInRequest) -> JSONResponse:
        """How many profiles there are."""
        return JSONResponse(Profile.objects.of_account(ACCOUNTID_FILTER.read(request)).count())
