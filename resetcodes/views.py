"""Routes of reset codes."""

from django.http.response import HttpResponseBase

from accounts.parameters import ACCOUNTID_ERRORS, OWN_ACCOUNT_ERRORS, caller_account
from accounts.requests import SignedInRequest
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList, paginate
from dashboard.api.parameters import ACCOUNTID, ACCOUNTID_FILTER, CODEID, NEW_PASSWORD, SECRET_CODE, USERNAME
from dashboard.api.requests import APIRequest
from dashboard.api.responses import JSONResponse
from dashboard.api.routing import AdministratorViewSet, PublicViewSet, UserViewSet, route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.core.errors import ErrorCode
from resetcodes.models import ResetCode
from resetcodes.schemas import RESET_CODE
from resetcodes.services import reset_codes

CODEID_ERRORS = (ErrorCode.CODEID_MISSING, ErrorCode.CODEID_UNKNOWN)
OWN_CODE_ERRORS = (*CODEID_ERRORS, ErrorCode.NOT_OWNED)
SECRET_CODE_ERRORS = (ErrorCode.SECRET_CODE_MISSING, ErrorCode.SECRET_CODE_INVALID, ErrorCode.SECRET_CODE_LENGTH)


class PublicResetCodeViewSet(PublicViewSet):
    @route(
        "PATCH",
        "reset-account-password",
        body=(USERNAME, NEW_PASSWORD, SECRET_CODE),
        returns=TRUE,
        errors=(
            ErrorCode.SECRET_CODE_MISSING,
            ErrorCode.USERNAME_MISSING,
            ErrorCode.RESET_PASSWORD_MISSING,
            ErrorCode.PASSWORD_LENGTH,
            ErrorCode.USERNAME_UNKNOWN,
            ErrorCode.ACCOUNT_LOCKED,
            ErrorCode.DELETION_SCHEDULED,
            ErrorCode.RESET_CODE_WRONG,
        ),
    )
    def reset_account_password(self, request: APIRequest) -> JSONResponse:
        """Set a new password with a reset code, which is spent by that. Every session of the account ends."""
        username, new_password, secret_code = (
            USERNAME.read(request),
            NEW_PASSWORD.read(request),
            SECRET_CODE.read(request),
        )
        reset_codes.reset_account_password(username, new_password, secret_code, request.actor)
        return JSONResponse(True)


class UserResetCodeViewSet(UserViewSet):
    @route(
        "POST",
        "create-reset-code",
        query=(ACCOUNTID,),
        body=(SECRET_CODE,),
        returns=RESET_CODE,
        errors=(*OWN_ACCOUNT_ERRORS, *SECRET_CODE_ERRORS),
    )
    def create_reset_code(self, request: SignedInRequest) -> JSONResponse:
        """Make a code with which one can set a new password when locked out."""
        accountid, secret_code = caller_account(request).accountid, SECRET_CODE.read(request)
        return JSONResponse(reset_codes.create_reset_code(accountid, secret_code, request.actor).as_json())

    @route("GET", "reset-code", query=(CODEID,), returns=RESET_CODE, errors=OWN_CODE_ERRORS, cached_model=ResetCode)
    def reset_code(self, request: SignedInRequest) -> JSONResponse:
        """One of one's own reset codes."""
        return JSONResponse(
            ResetCode.objects.get_cached_own(CODEID.read(request), request.user.accountid, request.seen).as_json()
        )

    @route(
        "GET",
        "reset-codes",
        query=(ACCOUNTID, *PAGINATION_PARAMETERS),
        returns=ListOf(RESET_CODE),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGINATION_ERRORS, ErrorCode.CODEID_UNKNOWN),
    )
    def reset_codes(self, request: SignedInRequest) -> HttpResponseBase:
        """One's own reset codes, newest first."""
        return paginate(request, RecordList(ResetCode.objects.all, caller_account(request).accountid))

    @route("GET", "reset-codes-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def reset_codes_count(self, request: SignedInRequest) -> JSONResponse:
        """How many reset codes one has."""
        return JSONResponse(ResetCode.objects.filter(account=caller_account(request)).count())

    @route("DELETE", "delete-reset-code", query=(CODEID,), returns=TRUE, errors=OWN_CODE_ERRORS)
    def delete_reset_code(self, request: SignedInRequest) -> JSONResponse:
        """Take one of one's own reset codes back."""
        reset_codes.delete_own_reset_code(CODEID.read(request), request.user.accountid, request.actor)
        return JSONResponse(True)


class AdministratorResetCodeViewSet(AdministratorViewSet):
    @route(
        "POST",
        "create-reset-code",
        query=(ACCOUNTID,),
        body=(SECRET_CODE,),
        returns=RESET_CODE,
        errors=(*ACCOUNTID_ERRORS, *SECRET_CODE_ERRORS),
    )
    def create_reset_code(self, request: SignedInRequest) -> JSONResponse:
        """Make a code with which somebody who is locked out can set a new password."""
        accountid, secret_code = ACCOUNTID.read(request), SECRET_CODE.read(request)
        return JSONResponse(reset_codes.create_reset_code(accountid, secret_code, request.actor).as_json())

    @route("GET", "reset-code", query=(CODEID,), returns=RESET_CODE, errors=CODEID_ERRORS, cached_model=ResetCode)
    def reset_code(self, request: SignedInRequest) -> JSONResponse:
        """A reset code."""
        return JSONResponse(ResetCode.objects.get_cached(CODEID.read(request), request.seen).as_json())

    @route(
        "GET",
        "reset-codes",
        query=(ACCOUNTID_FILTER, *PAGINATION_PARAMETERS),
        returns=ListOf(RESET_CODE),
        errors=(*PAGINATION_ERRORS, ErrorCode.CODEID_UNKNOWN),
    )
    def reset_codes(self, request: SignedInRequest) -> HttpResponseBase:
        """Reset codes, newest first."""
        return paginate(request, RecordList(ResetCode.objects.all, ACCOUNTID_FILTER.read(request)))

    @route("GET", "reset-codes-count", query=(ACCOUNTID_FILTER,), returns=COUNT)
    def reset_codes_count(self, request: SignedInRequest) -> JSONResponse:
        """How many reset codes there are."""
        return JSONResponse(ResetCode.objects.of_account(ACCOUNTID_FILTER.read(request)).count())

    @route("DELETE", "delete-reset-code", query=(CODEID,), returns=TRUE, errors=CODEID_ERRORS)
    def delete_reset_code(self, request: SignedInRequest) -> JSONResponse:
        """Take a reset code back."""
        reset_codes.delete_reset_code(CODEID.read(request), request.actor)
        return JSONResponse(True)
