"""Routes of accounts for whoever has one."""

from rest_framework.response import Response

from accounts.parameters import OWN_ACCOUNT_ERRORS, PROFILEID_ERRORS, caller_account
from accounts.requests import SignedInRequest
from accounts.schemas import ACCOUNT
from accounts.services import credentials, deletion, profiles
from dashboard.api.parameters import ACCOUNTID, DEFAULT_PROFILEID, NEW_PASSWORD, NEW_USERNAME, PASSWORD
from dashboard.api.routing import route
from dashboard.api.schema.objects import TRUE
from dashboard.api.viewsets import UserViewSet
from dashboard.core.errors import ErrorCode

PASSWORD_ERRORS = (ErrorCode.PASSWORD_MISSING, ErrorCode.ACCOUNT_LOCKED, ErrorCode.PASSWORD_WRONG)


class UserAccountViewSet(UserViewSet):
    @route("GET", "account", query=(ACCOUNTID,), returns=ACCOUNT, errors=OWN_ACCOUNT_ERRORS)
    def account(self, request: SignedInRequest) -> Response:
        """One's own account."""
        return Response(caller_account(request).as_json())

    @route(
        "PATCH",
        "set-account-username",
        query=(ACCOUNTID,),
        body=(NEW_USERNAME, PASSWORD),
        returns=ACCOUNT,
        errors=(
            *OWN_ACCOUNT_ERRORS,
            ErrorCode.NEW_USERNAME_MISSING,
            ErrorCode.NEW_USERNAME_LENGTH,
            *PASSWORD_ERRORS,
            ErrorCode.USERNAME_TAKEN,
        ),
    )
    def set_account_username(self, request: SignedInRequest) -> Response:
        """Change the name that one signs in with."""
        accountid, new_username, password = (
            caller_account(request).accountid,
            NEW_USERNAME.read(request),
            PASSWORD.read(request),
        )
        account = credentials.set_account_username(accountid, new_username, password, request.actor)
        return Response(account.as_json())

    @route(
        "PATCH",
        "set-account-password",
        query=(ACCOUNTID,),
        body=(NEW_PASSWORD, PASSWORD),
        returns=ACCOUNT,
        errors=(
            *OWN_ACCOUNT_ERRORS,
            ErrorCode.NEW_PASSWORD_MISSING,
            ErrorCode.NEW_PASSWORD_LENGTH,
            *PASSWORD_ERRORS,
        ),
    )
    def set_account_password(self, request: SignedInRequest) -> Response:
        """Change one's password. Every other session of the account ends; the one that asks stays."""
        accountid, new_password, password = (
            caller_account(request).accountid,
            NEW_PASSWORD.read(request),
            PASSWORD.read(request),
        )
        sessionid = request.auth.sessionid
        account = credentials.set_account_password(accountid, new_password, password, sessionid, request.actor)
        return Response(account.as_json())

    @route(
        "PATCH",
        "set-account-profile",
        query=(ACCOUNTID,),
        body=(DEFAULT_PROFILEID,),
        returns=ACCOUNT,
        errors=(*OWN_ACCOUNT_ERRORS, *PROFILEID_ERRORS, ErrorCode.NOT_OWNED),
    )
    def set_account_profile(self, request: SignedInRequest) -> Response:
        """Make a profile the default one."""
        accountid, profileid = caller_account(request).accountid, DEFAULT_PROFILEID.read(request)
        return Response(profiles.set_account_profile(accountid, profileid, request.actor).as_json())

    @route(
        "PATCH",
        "set-account-deleted",
        query=(ACCOUNTID,),
        body=(PASSWORD,),
        returns=ACCOUNT,
        errors=(*OWN_ACCOUNT_ERRORS, *PASSWORD_ERRORS),
    )
    def set_account_deleted(self, request: SignedInRequest) -> Response:
        """Schedule one's account for deletion, DELETE_DELAY days from now. Its sessions end."""
        accountid, password = caller_account(request).accountid, PASSWORD.read(request)
        return Response(deletion.set_own_account_deleted(accountid, password, request.actor).as_json())

    @route("PATCH", "reset-session-key", query=(ACCOUNTID,), returns=TRUE, errors=OWN_ACCOUNT_ERRORS)
    def reset_session_key(self, request: SignedInRequest) -> Response:
        """End every session of one's account, the one that asks too."""
        credentials.reset_session_key(caller_account(request).accountid, request.actor)
        return Response(True)
