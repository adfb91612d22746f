"""Routes of accounts for administrators."""

from django.http.response import HttpResponseBase

from accounts.models import Account
from accounts.parameters import ACCOUNTID_ERRORS
from accounts.requests import SignedInRequest
from accounts.schemas import ACCOUNT
from accounts.services import credentials, deletion, roles
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList, paginate
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.responses import JSONResponse
from dashboard.api.routing import AdministratorViewSet, route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.core.errors import ErrorCode

LIST_ERRORS = (*PAGINATION_ERRORS, ErrorCode.ACCOUNTID_UNKNOWN)


class AdministratorAccountViewSet(AdministratorViewSet):
    @route("GET", "account", query=(ACCOUNTID,), returns=ACCOUNT, errors=ACCOUNTID_ERRORS, cached_model=Account)
    def account(self, request: SignedInRequest) -> JSONResponse:
        """An account."""
        return JSONResponse(Account.objects.get_cached(ACCOUNTID.read(request), request.seen).as_json())

    @route("GET", "accounts", query=PAGINATION_PARAMETERS, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """Accounts, newest first."""
        return paginate(request, RecordList(Account.objects.all))

    @route("GET", "accounts-count", returns=COUNT)
    def accounts_count(self, request: SignedInRequest) -> JSONResponse:
        """How many accounts there are."""
        return JSONResponse(Account.objects.count())

    @route("GET", "administrator-accounts", query=PAGINATION_PARAMETERS, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def administrator_accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """Administrators' accounts, newest first."""
        return paginate(request, RecordList(Account.objects.administrators), Account.objects.all())

    @route("GET", "administrator-accounts-count", returns=COUNT)
    def administrator_accounts_count(self, request: SignedInRequest) -> JSONResponse:
        """How many administrators there are."""
        return JSONResponse(Account.objects.administrators().count())

    @route("GET", "deleted-accounts", query=PAGINATION_PARAMETERS, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def deleted_accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """Accounts that are scheduled for deletion, newest first."""
        return paginate(request, RecordList(Account.objects.deleted), Account.objects.all())

    @route("GET", "deleted-accounts-count", returns=COUNT)
    def deleted_accounts_count(self, request: SignedInRequest) -> JSONResponse:
        """How many accounts are scheduled for deletion."""
        return JSONResponse(Account.objects.deleted().count())

    @route(
        "PATCH",
        "set-account-administrator",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, ErrorCode.ALREADY_ADMINISTRATOR, ErrorCode.DELETION_SCHEDULED),
    )
    def set_account_administrator(self, request: SignedInRequest) -> JSONResponse:
        """Make an account an administrator's."""
        return JSONResponse(roles.set_account_administrator(ACCOUNTID.read(request), request.actor).as_json())

    @route(
        "PATCH",
        "reset-account-administrator",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, ErrorCode.NOT_OWNER, ErrorCode.NOT_ADMINISTRATOR),
    )
    def reset_account_administrator(self, request: SignedInRequest) -> JSONResponse:
        """Take the administrator's role from an account. Only the owner may."""
        account = roles.reset_account_administrator(ACCOUNTID.read(request), request.user, request.actor)
        return JSONResponse(account.as_json())

    @route(
        "PATCH",
        "set-owner-account",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(
            ErrorCode.ACCOUNTID_MISSING,
            ErrorCode.NOT_OWNER,
            ErrorCode.ALREADY_OWNER,
            ErrorCode.ACCOUNTID_UNKNOWN,
            ErrorCode.DELETION_SCHEDULED,
        ),
    )
    def set_owner_account(self, request: SignedInRequest) -> JSONResponse:
        """Make an account the owner's, and an administrator's. Only the owner may, who stays an administrator."""
        return JSONResponse(roles.set_owner_account(ACCOUNTID.read(request), request.user, request.actor).as_json())

    @route(
        "PATCH",
        "set-account-deleted",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, ErrorCode.DELETION_ALREADY_SCHEDULED),
    )
    def set_account_deleted(self, request: SignedInRequest) -> JSONResponse:
        """Schedule an account for deletion, DELETE_DELAY days from now. Its sessions end."""
        return JSONResponse(deletion.set_account_deleted(ACCOUNTID.read(request), request.actor).as_json())

    @route(
        "PATCH",
        "reset-account-deleted",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, ErrorCode.NOT_RESTORABLE),
    )
    def reset_account_deleted(self, request: SignedInRequest) -> JSONResponse:
        """Cancel the deletion of an account, while its time has not come."""
        return JSONResponse(deletion.reset_account_deleted(ACCOUNTID.read(request), request.actor).as_json())

    @route(
        "DELETE",
        "delete-account",
        query=(ACCOUNTID,),
        returns=TRUE,
        errors=(*ACCOUNTID_ERRORS, ErrorCode.OWNER_UNDELETABLE),
    )
    def delete_account(self, request: SignedInRequest) -> JSONResponse:
        """Delete an account at once, with its sessions, reset codes and profiles."""
        deletion.delete_account(ACCOUNTID.read(request), request.actor)
        return JSONResponse(True)

    @route(
        "PATCH",
        "reset-session-key",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, ErrorCode.DELETION_SCHEDULED),
    )
    def reset_session_key(self, request: SignedInRequest) -> JSONResponse:
        """End every session of an account, by giving it a new session key."""
        return JSONResponse(credentials.reset_session_key(ACCOUNTID.read(request), request.actor).as_json())
