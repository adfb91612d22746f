"""Routes of profiles."""

from django.http.response import HttpResponseBase

from accounts.inputs import OWN_ACCOUNT_ERRORS, PROFILE, PROFILE_ERRORS, PROFILEID_ERRORS, own, posted_profile
from accounts.models import Profile
from accounts.requests import SignedInRequest
from accounts.schemas import PROFILE as PROFILE_OBJECT
from accounts.services import profiles
from dashboard.api.pagination import PAGING, PAGING_ERRORS, listed
from dashboard.api.parameters import ACCOUNTID, DEFAULT, OF_ACCOUNT, PROFILEID
from dashboard.api.responses import Answer
from dashboard.api.routing import AdministratorViewSet, UserViewSet, route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.core.errors import Refusal
from dashboard.db.listing import RecordList

OWN_PROFILE_ERRORS = (*PROFILEID_ERRORS, Refusal.ANOTHERS)


class UserProfiles(UserViewSet):
    @route("GET", "profile", query=(PROFILEID,), returns=PROFILE_OBJECT, errors=OWN_PROFILE_ERRORS, reads=Profile)
    def profile(self, request: SignedInRequest) -> Answer:
        """One of one's own profiles."""
        return Answer(Profile.objects.found_own(PROFILEID.of(request), request.user.accountid, request.seen).as_wire())

    @route(
        "GET",
        "profiles",
        query=(ACCOUNTID, *PAGING),
        returns=ListOf(PROFILE_OBJECT),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGING_ERRORS, Refusal.PROFILEID_UNKNOWN),
    )
    def profiles(self, request: SignedInRequest) -> HttpResponseBase:
        """One's own profiles, newest first."""
        return listed(request, RecordList(Profile.objects.all, own(request).accountid))

    @route("GET", "profiles-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def profiles_count(self, request: SignedInRequest) -> Answer:
        """How many profiles one has."""
        return Answer(Profile.objects.filter(account=own(request)).count())

    @route(
        "POST",
        "create-profile",
        query=(ACCOUNTID,),
        body=(*PROFILE, DEFAULT),
        returns=PROFILE_OBJECT,
        errors=(*OWN_ACCOUNT_ERRORS, *PROFILE_ERRORS),
    )
    def create_profile(self, request: SignedInRequest) -> Answer:
        """Make a profile, with the fields of USER_PROFILE_FIELDS."""
        accountid, default = own(request).accountid, DEFAULT.of(request) == "true"
        profile = profiles.create_profile(accountid, posted_profile(request), request.actor, default=default)
        return Answer(profile.as_wire())

    @route(
        "PATCH",
        "update-profile",
        query=(PROFILEID,),
        body=PROFILE,
        returns=PROFILE_OBJECT,
        errors=(*OWN_PROFILE_ERRORS, *PROFILE_ERRORS),
    )
    def update_profile(self, request: SignedInRequest) -> Answer:
        """Change one of one's own profiles: all fields of USER_PROFILE_FIELDS."""
        profileid, given = PROFILEID.of(request), posted_profile(request)
        return Answer(profiles.update_profile(profileid, request.user.accountid, given, request.actor).as_wire())

    @route(
        "DELETE",
        "delete-profile",
        query=(PROFILEID,),
        returns=TRUE,
        errors=(Refusal.PROFILEID_MISSING, Refusal.DEFAULT_PROFILE, Refusal.PROFILEID_UNKNOWN, Refusal.ANOTHERS),
    )
    def delete_profile(self, request: SignedInRequest) -> Answer:
        """Delete one of one's own profiles, but not the default one."""
        profiles.delete_profile(PROFILEID.of(request), request.user.accountid, request.actor)
        return Answer(True)


class AdministratorProfiles(AdministratorViewSet):
    @route("GET", "profile", query=(PROFILEID,), returns=PROFILE_OBJECT, errors=PROFILEID_ERRORS, reads=Profile)
    def profile(self, request: SignedInRequest) -> Answer:
        """A profile."""
        return Answer(Profile.objects.found(PROFILEID.of(request), request.seen).as_wire())

    @route(
        "GET",
        "profiles",
        query=(OF_ACCOUNT, *PAGING),
        returns=ListOf(PROFILE_OBJECT),
        errors=(*PAGING_ERRORS, Refusal.PROFILEID_UNKNOWN),
    )
    def profiles(self, request: SignedInRequest) -> HttpResponseBase:
        """Profiles, newest first."""
        return listed(request, RecordList(Profile.objects.all, OF_ACCOUNT.of(request)))

    @route("GET", "profiles-count", query=(OF_ACCOUNT,), returns=COUNT)
    def profiles_count(self, request: SignedInRequest) -> Answer:
        """How many profiles there are."""
        return Answer(Profile.objects.of_account(OF_ACCOUNT.of(request)).count())
