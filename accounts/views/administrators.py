"""Account routes for administrators."""

from django.http.response import HttpResponseBase
from rest_framework.response import Response

from accounts.counted_rows import ACCOUNTS, ADMINISTRATORS, DELETED
from accounts.models import Account
from accounts.parameters import ACCOUNTID_ERRORS, ADMINISTERED_ERRORS
from accounts.requests import SignedInRequest
from accounts.schemas import ACCOUNT
from accounts.services import credentials, deletion, roles
from dashboard.api.access.permissions import always
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS, RecordList
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.routing import route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.api.viewsets import AdministratorViewSet
from dashboard.core.errors import ErrorCode

ALL_ACCOUNTS = RecordList(Account.objects.all, counted=ACCOUNTS)
ADMINISTRATOR_ACCOUNTS = RecordList(
    Account.objects.administrators, cursor_rows=Account.objects.all, counted=ADMINISTRATORS
)
DELETED_ACCOUNTS = RecordList(Account.objects.deleted, cursor_rows=Account.objects.all, counted=DELETED)
LIST_ERRORS = (*PAGINATION_ERRORS, ErrorCode.ACCOUNTID_UNKNOWN)


class AdministratorAccountViewSet(AdministratorViewSet):
    @route("GET", "account", query=(ACCOUNTID,), returns=ACCOUNT, errors=ACCOUNTID_ERRORS, cached_model=Account)
    def account(self, request: SignedInRequest) -> Response:
        """Return an account."""
        return Response(self.get_object().as_json())

    @route("GET", "accounts", query=PAGINATION_PARAMETERS, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """List accounts, newest first."""
        return self.list_response(ALL_ACCOUNTS)

    @route("GET", "accounts-count", returns=COUNT)
    def accounts_count(self, request: SignedInRequest) -> Response:
        """Count accounts."""
        return self.count_response(ALL_ACCOUNTS)

    @route("GET", "administrator-accounts", query=PAGINATION_PARAMETERS, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def administrator_accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """List administrators' accounts, newest first."""
        return self.list_response(ADMINISTRATOR_ACCOUNTS)

    @route("GET", "administrator-accounts-count", returns=COUNT)
    def administrator_accounts_count(self, request: SignedInRequest) -> Response:
        """Count administrators."""
        return self.count_response(ADMINISTRATOR_ACCOUNTS)

    @route("GET", "deleted-accounts", query=PAGINATION_PARAMETERS, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def deleted_accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """List accounts that are scheduled for deletion, newest first."""
        return self.list_response(DELETED_ACCOUNTS)

    @route("GET", "deleted-accounts-count", returns=COUNT)
    def deleted_accounts_count(self, request: SignedInRequest) -> Response:
        """Count accounts that are scheduled for deletion."""
        return self.count_response(DELETED_ACCOUNTS)

    @route(
        "PATCH",
        "set-account-administrator",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        writes=("account.administrator", "account.administratorSince", "resetCode"),
        errors=(*ACCOUNTID_ERRORS, ErrorCode.ALREADY_ADMINISTRATOR, ErrorCode.DELETION_SCHEDULED),
        recent_proof=always,
    )
    def set_account_administrator(self, request: SignedInRequest) -> Response:
        """Make an account an administrator."""
        return Response(roles.set_account_administrator(ACCOUNTID.read(request), request.actor).as_json())

    @route(
        "PATCH",
        "reset-account-administrator",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        writes=("account.administrator", "account.administratorSince", "resetCode"),
        errors=(*ACCOUNTID_ERRORS, ErrorCode.NOT_OWNER, ErrorCode.NOT_ADMINISTRATOR),
        recent_proof=always,
    )
    def reset_account_administrator(self, request: SignedInRequest) -> Response:
        """Revoke an account's administrator role. Only the owner can."""
        account = roles.reset_account_administrator(ACCOUNTID.read(request), request.user, request.actor)
        return Response(account.as_json())

    @route(
        "PATCH",
        "set-owner-account",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        writes=(
            "account.owner",
            "account.ownerSince",
            "account.administrator",
            "account.administratorSince",
            "resetCode",
        ),
        errors=(
            ErrorCode.ACCOUNTID_MISSING,
            ErrorCode.NOT_OWNER,
            ErrorCode.ALREADY_OWNER,
            ErrorCode.ACCOUNTID_UNKNOWN,
            ErrorCode.DELETION_SCHEDULED,
        ),
        recent_proof=always,
    )
    def set_owner_account(self, request: SignedInRequest) -> Response:
        """Transfer ownership to an account. Only the owner can, and stays an administrator."""
        return Response(roles.set_owner_account(ACCOUNTID.read(request), request.user, request.actor).as_json())

    @route(
        "PATCH",
        "set-account-deleted",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        writes=("account.deletedAt", "session.ended", "session.endedAt", "resetCode"),
        errors=(*ADMINISTERED_ERRORS, ErrorCode.DELETION_ALREADY_SCHEDULED),
        recent_proof=always,
    )
    def set_account_deleted(self, request: SignedInRequest) -> Response:
        """Schedule an account for deletion in DELETE_DELAY days, and end its sessions."""
        return Response(deletion.set_account_deleted(ACCOUNTID.read(request), request.actor).as_json())

    @route(
        "PATCH",
        "reset-account-deleted",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        writes=("account.deletedAt",),
        errors=(*ADMINISTERED_ERRORS, ErrorCode.NOT_RESTORABLE),
        recent_proof=always,
    )
    def reset_account_deleted(self, request: SignedInRequest) -> Response:
        """Cancel the scheduled deletion of an account before it is due."""
        return Response(deletion.reset_account_deleted(ACCOUNTID.read(request), request.actor).as_json())

    @route(
        "DELETE",
        "delete-account",
        query=(ACCOUNTID,),
        returns=TRUE,
        writes=("account", "profile", "session", "resetCode", "secondFactor", "recoveryCodes"),
        errors=(*ADMINISTERED_ERRORS, ErrorCode.OWNER_UNDELETABLE),
        recent_proof=always,
    )
    def delete_account(self, request: SignedInRequest) -> Response:
        """Delete an account immediately, with its sessions, reset codes and profiles."""
        deletion.delete_account(ACCOUNTID.read(request), request.actor)
        return Response(True)

    @route(
        "PATCH",
        "reset-session-key",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        writes=(
            "account.sessionKeyNumber",
            "account.sessionKeyLastResetAt",
            "session.ended",
            "session.endedAt",
            "resetCode",
        ),
        errors=(*ADMINISTERED_ERRORS, ErrorCode.DELETION_SCHEDULED),
        recent_proof=always,
    )
    def reset_session_key(self, request: SignedInRequest) -> Response:
        """End every session of an account by giving it a new session key."""
        return Response(credentials.reset_session_key(ACCOUNTID.read(request), request.actor).as_json())
