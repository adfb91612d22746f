"""Routes of accounts and profiles."""

from rest_framework.request import Request
from rest_framework.response import Response

from accounts import services
from accounts.models import Account, Profile
from accounts.profiles import PROFILE_FIELDS
from accounts.requests import SignedInRequest
from dashboard_project.errors import Refusal
from dashboard_project.inputs import ACCOUNTID, PASSWORD, PROFILEID, USERNAME, Field
from dashboard_project.routes import AdministratorViewSet, GuestViewSet, UserViewSet, route

PROFILE = tuple(Field(name) for name in PROFILE_FIELDS)
ACCOUNTID_ERRORS = (Refusal.ACCOUNTID_MISSING, Refusal.ACCOUNTID_UNKNOWN)
OWN_ACCOUNT_ERRORS = (*ACCOUNTID_ERRORS, Refusal.ANOTHERS)
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


class GuestAccounts(GuestViewSet):
    @route(
        "POST",
        "create-account",
        body=(USERNAME, PASSWORD, *PROFILE),
        errors=(
            Refusal.REGISTRATION_DISABLED,
            Refusal.USERNAME_MISSING,
            Refusal.PASSWORD_MISSING,
            Refusal.USERNAME_LENGTH,
            Refusal.PASSWORD_LENGTH,
            *PROFILE_ERRORS,
            Refusal.USERNAME_TAKEN,
        ),
    )
    def create_account(self, request: Request) -> Response:
        profile = {field.name: field.of(request) for field in PROFILE}
        account = services.register(USERNAME.of(request), PASSWORD.of(request), profile)
        return Response(account.as_wire())

    @route(
        "PATCH",
        "reset-account-deleted",
        body=(USERNAME, PASSWORD),
        errors=(
            Refusal.USERNAME_MISSING,
            Refusal.USERNAME_LENGTH,
            Refusal.PASSWORD_MISSING,
            Refusal.PASSWORD_LENGTH,
            Refusal.USERNAME_UNKNOWN,
            Refusal.PASSWORD_WRONG,
            Refusal.NOT_RESTORABLE,
        ),
    )
    def reset_account_deleted(self, request: Request) -> Response:
        account = services.restore_own_account(USERNAME.of(request), PASSWORD.of(request))
        return Response(account.as_wire())


class UserAccounts(UserViewSet):
    @route("GET", "account", query=(ACCOUNTID,), errors=OWN_ACCOUNT_ERRORS)
    def account(self, request: SignedInRequest) -> Response:
        return Response(self.own_account(request).as_wire())

    @route(
        "PATCH",
        "set-account-deleted",
        query=(ACCOUNTID,),
        body=(PASSWORD,),
        errors=(*OWN_ACCOUNT_ERRORS, Refusal.PASSWORD_MISSING, Refusal.PASSWORD_WRONG),
    )
    def set_account_deleted(self, request: SignedInRequest) -> Response:
        account = services.schedule_own_deletion(self.own_account(request).accountid, PASSWORD.of(request))
        return Response(account.as_wire())

    @route("PATCH", "reset-session-key", query=(ACCOUNTID,), errors=OWN_ACCOUNT_ERRORS)
    def reset_session_key(self, request: SignedInRequest) -> Response:
        services.reset_session_key(self.own_account(request).accountid)
        return Response(True)

    @route(
        "GET",
        "profile",
        query=(PROFILEID,),
        errors=(Refusal.PROFILEID_MISSING, Refusal.PROFILEID_UNKNOWN, Refusal.ANOTHERS),
    )
    def profile(self, request: SignedInRequest) -> Response:
        return Response(Profile.objects.own(PROFILEID.of(request), request.user.accountid).as_wire())

    def own_account(self, request: SignedInRequest) -> Account:
        """The caller's account, if it is that which the query names. Raises as OWN_ACCOUNT_ERRORS says."""
        return services.own_account(ACCOUNTID.of(request), request.user)


class AdministratorAccounts(AdministratorViewSet):
    @route("GET", "account", query=(ACCOUNTID,), errors=ACCOUNTID_ERRORS)
    def account(self, request: Request) -> Response:
        return Response(Account.objects.by_id(ACCOUNTID.of(request)).as_wire())

    @route("PATCH", "reset-session-key", query=(ACCOUNTID,), errors=(*ACCOUNTID_ERRORS, Refusal.SCHEDULED))
    def reset_session_key(self, request: Request) -> Response:
        return Response(services.reset_session_key(ACCOUNTID.of(request)).as_wire())
