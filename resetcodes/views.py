"""Routes of reset codes."""

from django.http.response import HttpResponseBase

from accounts.inputs import ACCOUNTID_ERRORS, OWN_ACCOUNT_ERRORS, own
from accounts.requests import SignedInRequest
from dashboard.api.pagination import PAGING, PAGING_ERRORS, listed
from dashboard.api.parameters import ACCOUNTID, CODEID, NEW_PASSWORD, OF_ACCOUNT, SECRET_CODE, USERNAME
from dashboard.api.requests import APIRequest
from dashboard.api.responses import Answer
from dashboard.api.routing import AdministratorViewSet, GuestViewSet, UserViewSet, route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.core.errors import Refusal
from dashboard.db.listing import RecordList
from resetcodes import services
from resetcodes.models import ResetCode
from resetcodes.schemas import RESET_CODE

CODEID_ERRORS = (Refusal.CODEID_MISSING, Refusal.CODEID_UNKNOWN)
OWN_CODE_ERRORS = (*CODEID_ERRORS, Refusal.ANOTHERS)
SECRET_CODE_ERRORS = (Refusal.SECRET_CODE_MISSING, Refusal.SECRET_CODE_CHARACTERS, Refusal.SECRET_CODE_LENGTH)


class GuestResetCodes(GuestViewSet):
    @route(
        "PATCH",
        "reset-account-password",
        body=(USERNAME, NEW_PASSWORD, SECRET_CODE),
        returns=TRUE,
        errors=(
            Refusal.SECRET_CODE_MISSING,
            Refusal.USERNAME_MISSING,
            Refusal.RESET_PASSWORD_MISSING,
            Refusal.PASSWORD_LENGTH,
            Refusal.USERNAME_UNKNOWN,
            Refusal.ACCOUNT_LOCKED,
            Refusal.SCHEDULED,
            Refusal.RESET_CODE_WRONG,
        ),
    )
    def reset_account_password(self, request: APIRequest) -> Answer:
        """Set a new password with a reset code, which is spent by that. Every session of the account ends."""
        username, new_password, secret_code = USERNAME.of(request), NEW_PASSWORD.of(request), SECRET_CODE.of(request)
        services.reset_account_password(username, new_password, secret_code, request.actor)
        return Answer(True)


class UserResetCodes(UserViewSet):
    @route(
        "POST",
        "create-reset-code",
        query=(ACCOUNTID,),
        body=(SECRET_CODE,),
        returns=RESET_CODE,
        errors=(*OWN_ACCOUNT_ERRORS, *SECRET_CODE_ERRORS),
    )
    def create_reset_code(self, request: SignedInRequest) -> Answer:
        """Make a code with which one can set a new password when locked out."""
        accountid, secret_code = own(request).accountid, SECRET_CODE.of(request)
        return Answer(services.create_reset_code(accountid, secret_code, request.actor).as_wire())

    @route("GET", "reset-code", query=(CODEID,), returns=RESET_CODE, errors=OWN_CODE_ERRORS, reads=ResetCode)
    def reset_code(self, request: SignedInRequest) -> Answer:
        """One of one's own reset codes."""
        return Answer(ResetCode.objects.found_own(CODEID.of(request), request.user.accountid, request.seen).as_wire())

    @route(
        "GET",
        "reset-codes",
        query=(ACCOUNTID, *PAGING),
        returns=ListOf(RESET_CODE),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGING_ERRORS, Refusal.CODEID_UNKNOWN),
    )
    def reset_codes(self, request: SignedInRequest) -> HttpResponseBase:
        """One's own reset codes, newest first."""
        return listed(request, RecordList(ResetCode.objects.all, own(request).accountid))

    @route("GET", "reset-codes-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def reset_codes_count(self, request: SignedInRequest) -> Answer:
        """How many reset codes one has."""
        return Answer(ResetCode.objects.filter(account=own(request)).count())

    @route("DELETE", "delete-reset-code", query=(CODEID,), returns=TRUE, errors=OWN_CODE_ERRORS)
    def delete_reset_code(self, request: SignedInRequest) -> Answer:
        """Take one of one's own reset codes back."""
        services.delete_own_reset_code(CODEID.of(request), request.user.accountid, request.actor)
        return Answer(True)


class AdministratorResetCodes(AdministratorViewSet):
    @route(
        "POST",
        "create-reset-code",
        query=(ACCOUNTID,),
        body=(SECRET_CODE,),
        returns=RESET_CODE,
        errors=(*ACCOUNTID_ERRORS, *SECRET_CODE_ERRORS),
    )
    def create_reset_code(self, request: SignedInRequest) -> Answer:
        """Make a code with which somebody who is locked out can set a new password."""
        accountid, secret_code = ACCOUNTID.of(request), SECRET_CODE.of(request)
        return Answer(services.create_reset_code(accountid, secret_code, request.actor).as_wire())

    @route("GET", "reset-code", query=(CODEID,), returns=RESET_CODE, errors=CODEID_ERRORS, reads=ResetCode)
    def reset_code(self, request: SignedInRequest) -> Answer:
        """A reset code."""
        return Answer(ResetCode.objects.found(CODEID.of(request), request.seen).as_wire())

    @route(
        "GET",
        "reset-codes",
        query=(OF_ACCOUNT, *PAGING),
        returns=ListOf(RESET_CODE),
        errors=(*PAGING_ERRORS, Refusal.CODEID_UNKNOWN),
    )
    def reset_codes(self, request: SignedInRequest) -> HttpResponseBase:
        """Reset codes, newest first."""
        return listed(request, RecordList(ResetCode.objects.all, OF_ACCOUNT.of(request)))

    @route("GET", "reset-codes-count", query=(OF_ACCOUNT,), returns=COUNT)
    def reset_codes_count(self, request: SignedInRequest) -> Answer:
        """How many reset codes there are."""
        return Answer(ResetCode.objects.of_account(OF_ACCOUNT.of(request)).count())

    @route("DELETE", "delete-reset-code", query=(CODEID,), returns=TRUE, errors=CODEID_ERRORS)
    def delete_reset_code(self, request: SignedInRequest) -> Answer:
        """Take a reset code back."""
        services.delete_reset_code(CODEID.of(request), request.actor)
        return Answer(True)
