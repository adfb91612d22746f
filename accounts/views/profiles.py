"""Profile routes."""

from django.http.response import HttpResponseBase
from rest_framework.response import Response

from accounts import counted_rows
from accounts.models import Profile
from accounts.parameters import (
    DEFAULT,
    OWN_ACCOUNT_ERRORS,
    OWN_PROFILE_ERRORS,
    PROFILE_BODY,
    PROFILE_ERRORS,
    PROFILEID,
    PROFILEID_ERRORS,
    caller_account,
    posted_profile,
)
from accounts.requests import SignedInRequest
from accounts.schemas import PROFILE as PROFILE_OBJECT
from accounts.services import profiles
from dashboard.api.access.permissions import has_recent_proof
from dashboard.api.access.throttling import PROFILES
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList
from dashboard.api.parameters import ACCOUNTID, ACCOUNTID_FILTER
from dashboard.api.routing import route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.api.viewsets import AdministratorViewSet, UserViewSet
from dashboard.core.errors import ErrorCode


class UserProfileViewSet(UserViewSet):
    @route(
        "GET", "profile", query=(PROFILEID,), returns=PROFILE_OBJECT, errors=OWN_PROFILE_ERRORS, cached_model=Profile
    )
    def profile(self, request: SignedInRequest) -> Response:
        """Return one of the caller's profiles."""
        return Response(self.get_object().as_json())

    @route(
        "GET",
        "profiles",
        query=(ACCOUNTID, *PAGINATION_PARAMETERS),
        returns=ListOf(PROFILE_OBJECT),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGINATION_ERRORS, ErrorCode.PROFILEID_UNKNOWN),
    )
    def profiles(self, request: SignedInRequest) -> HttpResponseBase:
        """List the caller's profiles, newest first."""
        return self.list_response(RecordList(Profile.objects.all, caller_account(request).accountid))

    @route("GET", "profiles-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def profiles_count(self, request: SignedInRequest) -> Response:
        """Count the caller's profiles."""
        return Response(Profile.objects.filter(account=caller_account(request)).count())

    @route(
        "POST",
        "create-profile",
        query=(ACCOUNTID,),
        body=(*PROFILE_BODY, DEFAULT),
        returns=PROFILE_OBJECT,
        writes=("profile", "account.profileid"),
        errors=(*OWN_ACCOUNT_ERRORS, *PROFILE_ERRORS, ErrorCode.VERIFICATION_REQUIRED),
        rate_scope=PROFILES,
    )
    def create_profile(self, request: SignedInRequest) -> Response:
        """Create a profile with the fields of USER_PROFILE_FIELDS.

        As the default profile with another email address, it takes a password that was verified recently.
        """
        accountid, default = caller_account(request).accountid, DEFAULT.read(request) == "true"
        profile = profiles.create_profile(
            accountid, posted_profile(request), request.actor, default=default, proven=has_recent_proof(request)
        )
        return Response(profile.as_json())

    @route(
        "PATCH",
        "update-profile",
        query=(PROFILEID,),
        body=PROFILE_BODY,
        returns=PROFILE_OBJECT,
        writes=tuple(f"profile.{name}" for name in PROFILE_OBJECT.optional),
        errors=(*OWN_PROFILE_ERRORS, *PROFILE_ERRORS, ErrorCode.VERIFICATION_REQUIRED),
        rate_scope=PROFILES,
    )
    def update_profile(self, request: SignedInRequest) -> Response:
        """Update one of the caller's profiles: all fields of USER_PROFILE_FIELDS.

        Another email address takes a password that was verified recently.
        """
        profile = profiles.update_profile(
            PROFILEID.read(request),
            request.user.accountid,
            posted_profile(request),
            request.actor,
            proven=has_recent_proof(request),
        )
        return Response(profile.as_json())

    @route(
        "DELETE",
        "delete-profile",
        query=(PROFILEID,),
        returns=TRUE,
        writes=("profile",),
        errors=(
            ErrorCode.PROFILEID_MISSING,
            ErrorCode.DEFAULT_PROFILE,
            ErrorCode.PROFILEID_UNKNOWN,
            ErrorCode.NOT_OWNED,
        ),
    )
    def delete_profile(self, request: SignedInRequest) -> Response:
        """Delete one of the caller's profiles. The default profile cannot be deleted."""
        profiles.delete_profile(PROFILEID.read(request), request.user.accountid, request.actor)
        return Response(True)


def _all(request: SignedInRequest) -> RecordList:
    """Return the list of all profiles, or of those of the account that the request names."""
    return RecordList(Profile.objects.all, ACCOUNTID_FILTER.read(request), counted=counted_rows.PROFILES)


class AdministratorProfileViewSet(AdministratorViewSet):
    @route("GET", "profile", query=(PROFILEID,), returns=PROFILE_OBJECT, errors=PROFILEID_ERRORS, cached_model=Profile)
    def profile(self, request: SignedInRequest) -> Response:
        """Return a profile."""
        return Response(self.get_object().as_json())

    @route(
        "GET",
        "profiles",
        query=(ACCOUNTID_FILTER, *PAGINATION_PARAMETERS),
        returns=ListOf(PROFILE_OBJECT),
        errors=(*PAGINATION_ERRORS, ErrorCode.PROFILEID_UNKNOWN),
    )
    def profiles(self, request: SignedInRequest) -> HttpResponseBase:
        """List profiles, newest first."""
        return self.list_response(_all(request))

    @route("GET", "profiles-count", query=(ACCOUNTID_FILTER,), returns=COUNT)
    def profiles_count(self, request: SignedInRequest) -> Response:
        """Count profiles."""
        return self.count_response(_all(request))
