"""Routes of accounts for administrators."""

from django.http.response import HttpResponseBase

from accounts.inputs import ACCOUNTID_ERRORS
from accounts.models import Account
from accounts.requests import SignedInRequest
from accounts.schemas import ACCOUNT
from accounts.services import credentials, deletion, roles
from dashboard.api.pagination import PAGING, PAGING_ERRORS, listed
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.responses import Answer
from dashboard.api.routing import AdministratorViewSet, route
from dashboard.api.schema.objects import COUNT, TRUE, ListOf
from dashboard.core.errors import Refusal
from dashboard.db.listing import RecordList

LIST_ERRORS = (*PAGING_ERRORS, Refusal.ACCOUNTID_UNKNOWN)


class AdministratorAccounts(AdministratorViewSet):
    @route("GET", "account", query=(ACCOUNTID,), returns=ACCOUNT, errors=ACCOUNTID_ERRORS, reads=Account)
    def account(self, request: SignedInRequest) -> Answer:
        """An account."""
        return Answer(Account.objects.found(ACCOUNTID.of(request), request.seen).as_wire())

    @route("GET", "accounts", query=PAGING, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """Accounts, newest first."""
        return listed(request, RecordList(Account.objects.all))

    @route("GET", "accounts-count", returns=COUNT)
    def accounts_count(self, request: SignedInRequest) -> Answer:
        """How many accounts there are."""
        return Answer(Account.objects.count())

    @route("GET", "administrator-accounts", query=PAGING, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def administrator_accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """Administrators' accounts, newest first."""
        return listed(request, RecordList(Account.objects.administrators), Account.objects.all())

    @route("GET", "administrator-accounts-count", returns=COUNT)
    def administrator_accounts_count(self, request: SignedInRequest) -> Answer:
        """How many administrators there are."""
        return Answer(Account.objects.administrators().count())

    @route("GET", "deleted-accounts", query=PAGING, returns=ListOf(ACCOUNT), errors=LIST_ERRORS)
    def deleted_accounts(self, request: SignedInRequest) -> HttpResponseBase:
        """Accounts that are scheduled for deletion, newest first."""
        return listed(request, RecordList(Account.objects.deleted), Account.objects.all())

    @route("GET", "deleted-accounts-count", returns=COUNT)
    def deleted_accounts_count(self, request: SignedInRequest) -> Answer:
        """How many accounts are scheduled for deletion."""
        return Answer(Account.objects.deleted().count())

    @route(
        "PATCH",
        "set-account-administrator",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, Refusal.ALREADY_ADMINISTRATOR, Refusal.SCHEDULED),
    )
    def set_account_administrator(self, request: SignedInRequest) -> Answer:
        """Make an account an administrator's."""
        return Answer(roles.set_account_administrator(ACCOUNTID.of(request), request.actor).as_wire())

    @route(
        "PATCH",
        "reset-account-administrator",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, Refusal.NOT_OWNER, Refusal.NOT_ADMINISTRATOR),
    )
    def reset_account_administrator(self, request: SignedInRequest) -> Answer:
        """Take the administrator's role from an account. Only the owner may."""
        account = roles.reset_account_administrator(ACCOUNTID.of(request), request.user, request.actor)
        return Answer(account.as_wire())

    @route(
        "PATCH",
        "set-owner-account",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(
            Refusal.ACCOUNTID_MISSING,
            Refusal.NOT_OWNER,
            Refusal.ALREADY_OWNER,
            Refusal.ACCOUNTID_UNKNOWN,
            Refusal.SCHEDULED,
        ),
    )
    def set_owner_account(self, request: SignedInRequest) -> Answer:
        """Make an account the owner's, and an administrator's. Only the owner may, who stays an administrator."""
        return Answer(roles.set_owner_account(ACCOUNTID.of(request), request.user, request.actor).as_wire())

    @route(
        "PATCH",
        "set-account-deleted",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, Refusal.ALREADY_SCHEDULED),
    )
    def set_account_deleted(self, request: SignedInRequest) -> Answer:
        """Schedule an account for deletion, DELETE_DELAY days from now. Its sessions end."""
        return Answer(deletion.set_account_deleted(ACCOUNTID.of(request), request.actor).as_wire())

    @route(
        "PATCH",
        "reset-account-deleted",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, Refusal.NOT_RESTORABLE),
    )
    def reset_account_deleted(self, request: SignedInRequest) -> Answer:
        """Cancel the deletion of an account, while its time has not come."""
        return Answer(deletion.reset_account_deleted(ACCOUNTID.of(request), request.actor).as_wire())

    @route(
        "DELETE",
        "delete-account",
        query=(ACCOUNTID,),
        returns=TRUE,
        errors=(*ACCOUNTID_ERRORS, Refusal.OWNER_STAYS),
    )
    def delete_account(self, request: SignedInRequest) -> Answer:
        """Delete an account at once, with its sessions, reset codes and profiles."""
        deletion.delete_account(ACCOUNTID.of(request), request.actor)
        return Answer(True)

    @route(
        "PATCH",
        "reset-session-key",
        query=(ACCOUNTID,),
        returns=ACCOUNT,
        errors=(*ACCOUNTID_ERRORS, Refusal.SCHEDULED),
    )
    def reset_session_key(self, request: SignedInRequest) -> Answer:
        """End every session of an account, by giving it a new session key."""
        return Answer(credentials.reset_session_key(ACCOUNTID.of(request), request.actor).as_wire())
