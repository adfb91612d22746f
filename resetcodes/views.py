"""Reset code routes."""

from django.http.response import HttpResponseBase
from rest_framework.response import Response

from accounts.parameters import ADMINISTERED_ERRORS, NEW_PASSWORD, OWN_ACCOUNT_ERRORS, USERNAME, caller_account
from accounts.requests import SignedInRequest
from dashboard.api.access.permissions import always
from dashboard.api.access.throttling import PASSWORD_RESET, RESET_CODES
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList
from dashboard.api.parameters import ACCOUNTID, ACCOUNTID_FILTER
from dashboard.api.requests import APIRequest
from dashboard.api.routing import route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.api.viewsets import AdministratorViewSet, PublicViewSet, ServiceRouteViewSet, UserViewSet
from dashboard.core.errors import ErrorCode
from dashboard.core.services import Scope
from resetcodes import counted_rows
from resetcodes.models import ResetCode
from resetcodes.parameters import (
    CODEID,
    CODEID_ERRORS,
    OPTIONAL_ACCOUNTID,
    OPTIONAL_USERNAME,
    OWN_CODE_ERRORS,
    SECRET_CODE,
    SECRET_CODE_ERRORS,
    USED_CODE,
)
from resetcodes.schemas import NEW_RESET_CODE, RESET_CODE
from resetcodes.services import codes_of_services, reset_codes


class PublicResetCodeViewSet(PublicViewSet):
    @route(
        "PATCH",
        "reset-account-password",
        body=(USERNAME, NEW_PASSWORD, USED_CODE),
        returns=TRUE,
        writes=(
            "account.password",
            "account.passwordLastChangedAt",
            "account.resetCodeLastUsedAt",
            "account.sessionKeyNumber",
            "account.sessionKeyLastResetAt",
            "session.ended",
            "session.endedAt",
            "resetCode",
        ),
        errors=(
            ErrorCode.SECRET_CODE_MISSING,
            ErrorCode.USERNAME_MISSING,
            ErrorCode.RESET_PASSWORD_MISSING,
            ErrorCode.PASSWORD_LENGTH,
            ErrorCode.PASSWORD_WEAK,
            ErrorCode.USERNAME_UNKNOWN,
            ErrorCode.ACCOUNT_LOCKED,
            ErrorCode.DELETION_SCHEDULED,
            ErrorCode.RESET_CODE_WRONG,
        ),
        rate_scope=PASSWORD_RESET,
    )
    def reset_account_password(self, request: APIRequest) -> Response:
        """Set a new password with a reset code, which can be used once, and end every session of the account."""
        username, new_password, secret_code = (
            USERNAME.read(request),
            NEW_PASSWORD.read(request),
            USED_CODE.read(request),
        )
        reset_codes.reset_account_password(username, new_password, secret_code, request.actor)
        return Response(True)


class UserResetCodeViewSet(UserViewSet):
    @route(
        "POST",
        "create-reset-code",
        query=(ACCOUNTID,),
        body=(SECRET_CODE,),
        returns=RESET_CODE,
        writes=("resetCode", "account.resetCodeLastCreatedAt"),
        errors=(*OWN_ACCOUNT_ERRORS, *SECRET_CODE_ERRORS),
        rate_scope=RESET_CODES,
        recent_proof=always,
    )
    def create_reset_code(self, request: SignedInRequest) -> Response:
        """Create a reset code for the caller's account, with which a forgotten password can be replaced."""
        accountid, secret_code = caller_account(request).accountid, SECRET_CODE.read(request)
        return Response(reset_codes.create_reset_code(accountid, secret_code, request.actor).as_json())

    @route("GET", "reset-code", query=(CODEID,), returns=RESET_CODE, errors=OWN_CODE_ERRORS, cached_model=ResetCode)
    def reset_code(self, request: SignedInRequest) -> Response:
        """Return one of the caller's reset codes."""
        return Response(self.get_object().as_json())

    @route(
        "GET",
        "reset-codes",
        query=(ACCOUNTID, *PAGINATION_PARAMETERS),
        returns=ListOf(RESET_CODE),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGINATION_ERRORS, ErrorCode.CODEID_UNKNOWN),
    )
    def reset_codes(self, request: SignedInRequest) -> HttpResponseBase:
        """List the caller's reset codes, newest first."""
        return self.list_response(RecordList(ResetCode.objects.all, caller_account(request).accountid))

    @route("GET", "reset-codes-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def reset_codes_count(self, request: SignedInRequest) -> Response:
        """Count the caller's reset codes."""
        return Response(ResetCode.objects.filter(account=caller_account(request)).count())

    @route(
        "DELETE",
        "delete-reset-code",
        query=(CODEID,),
        returns=TRUE,
        writes=("resetCode",),
        errors=OWN_CODE_ERRORS,
        recent_proof=always,
    )
    def delete_reset_code(self, request: SignedInRequest) -> Response:
        """Revoke one of the caller's reset codes."""
        reset_codes.delete_own_reset_code(CODEID.read(request), request.user.accountid, request.actor)
        return Response(True)


def _all(request: SignedInRequest) -> RecordList:
    """Return the list of all reset codes, or of those of the account that the request names."""
    return RecordList(ResetCode.objects.all, ACCOUNTID_FILTER.read(request), counted=counted_rows.RESET_CODES)


class AdministratorResetCodeViewSet(AdministratorViewSet):
    @route(
        "POST",
        "create-reset-code",
        query=(ACCOUNTID,),
        body=(SECRET_CODE,),
        returns=RESET_CODE,
        writes=("resetCode", "account.resetCodeLastCreatedAt"),
        errors=(*ADMINISTERED_ERRORS, *SECRET_CODE_ERRORS),
        recent_proof=always,
    )
    def create_reset_code(self, request: SignedInRequest) -> Response:
        """Create a reset code for an account, with which a forgotten password can be replaced."""
        accountid, secret_code = ACCOUNTID.read(request), SECRET_CODE.read(request)
        return Response(reset_codes.create_reset_code(accountid, secret_code, request.actor).as_json())

    @route("GET", "reset-code", query=(CODEID,), returns=RESET_CODE, errors=CODEID_ERRORS, cached_model=ResetCode)
    def reset_code(self, request: SignedInRequest) -> Response:
        """Return a reset code."""
        return Response(self.get_object().as_json())

    @route(
        "GET",
        "reset-codes",
        query=(ACCOUNTID_FILTER, *PAGINATION_PARAMETERS),
        returns=ListOf(RESET_CODE),
        errors=(*PAGINATION_ERRORS, ErrorCode.CODEID_UNKNOWN),
    )
    def reset_codes(self, request: SignedInRequest) -> HttpResponseBase:
        """List reset codes, newest first."""
        return self.list_response(_all(request))

    @route("GET", "reset-codes-count", query=(ACCOUNTID_FILTER,), returns=COUNT)
    def reset_codes_count(self, request: SignedInRequest) -> Response:
        """Count reset codes."""
        return self.count_response(_all(request))

    @route(
        "DELETE",
        "delete-reset-code",
        query=(CODEID,),
        returns=TRUE,
        writes=("resetCode",),
        errors=(*CODEID_ERRORS, ErrorCode.ADMINISTRATOR_PROTECTED),
        recent_proof=always,
    )
    def delete_reset_code(self, request: SignedInRequest) -> Response:
        """Revoke a reset code."""
        reset_codes.delete_reset_code(CODEID.read(request), request.actor)
        return Response(True)


class ServiceResetCodeViewSet(ServiceRouteViewSet):
    @route(
        "POST",
        "create-reset-code",
        query=(OPTIONAL_ACCOUNTID,),
        body=(OPTIONAL_USERNAME,),
        returns=NEW_RESET_CODE,
        writes=("resetCode", "account.resetCodeLastCreatedAt"),
        errors=(
            ErrorCode.ACCOUNTID_UNKNOWN,
            ErrorCode.USERNAME_MISSING,
            ErrorCode.NAMED_USERNAME_UNKNOWN,
            ErrorCode.ADMINISTRATOR_PROTECTED,
            ErrorCode.DELETION_SCHEDULED,
            ErrorCode.TOO_MANY_RESET_CODES,
        ),
        rate_scope=RESET_CODES,
        service_scope=Scope.CREATE_RESET_CODES,
    )
    def create_reset_code(self, request: APIRequest) -> Response:
        """Create a reset code for somebody who has forgotten the password, to be sent where only they read it.

        It works for an hour. Accounts with a role are refused.
        """
        accountid, username = OPTIONAL_ACCOUNTID.read(request), OPTIONAL_USERNAME.read(request)
        code, secret_code = codes_of_services.create_reset_code_by_service(accountid, username, request.actor)
        return Response({**code.as_json(), "secretCode": secret_code})
