"""Account routes for signed-in accounts."""

from rest_framework.response import Response

from accounts.parameters import (
    DEFAULT_PROFILEID,
    NEW_PASSWORD,
    NEW_USERNAME,
    OWN_ACCOUNT_ERRORS,
    PASSWORD,
    PASSWORD_ERRORS,
    PROFILEID_ERRORS,
    caller_account,
)
from accounts.requests import SignedInRequest
from accounts.schemas import ACCOUNT
from accounts.services import credentials, deletion, profiles
from dashboard.api.access.permissions import always, has_recent_proof
from dashboard.api.access.throttling import PASSWORD_PROOF
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.routing import route
from dashboard.api.schema.objects import TRUE
from dashboard.api.viewsets import UserViewSet
from dashboard.core.errors import ErrorCode


class UserAccountViewSet(UserViewSet):
    @route("GET", "account", query=(ACCOUNTID,), returns=ACCOUNT, errors=OWN_ACCOUNT_ERRORS)
    def account(self, request: SignedInRequest) -> Response:
        """Return the caller's account."""
        return Response(caller_account(request).as_json())

    @route(
        "PATCH",
        "set-account-username",
        query=(ACCOUNTID,),
        body=(NEW_USERNAME, PASSWORD),
        returns=ACCOUNT,
        writes=("account.username", "account.usernameLastChangedAt"),
        errors=(
            *OWN_ACCOUNT_ERRORS,
            ErrorCode.NEW_USERNAME_MISSING,
            ErrorCode.NEW_USERNAME_LENGTH,
            ErrorCode.NEW_USERNAME_CHARACTERS,
            *PASSWORD_ERRORS,
            ErrorCode.USERNAME_TAKEN,
        ),
        rate_scope=PASSWORD_PROOF,
        recent_proof=always,
    )
    def set_account_username(self, request: SignedInRequest) -> Response:
        """Change the caller's username."""
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
        writes=("account.password", "account.passwordLastChangedAt", "session.ended", "session.endedAt", "resetCode"),
        errors=(
            *OWN_ACCOUNT_ERRORS,
            ErrorCode.NEW_PASSWORD_MISSING,
            ErrorCode.NEW_PASSWORD_LENGTH,
            ErrorCode.PASSWORD_WEAK,
            *PASSWORD_ERRORS,
        ),
        rate_scope=PASSWORD_PROOF,
        recent_proof=always,
    )
    def set_account_password(self, request: SignedInRequest) -> Response:
        """Change the caller's password, and end every other session of the account."""
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
        writes=("account.profileid",),
        errors=(*OWN_ACCOUNT_ERRORS, *PROFILEID_ERRORS, ErrorCode.NOT_OWNED, ErrorCode.VERIFICATION_REQUIRED),
    )
    def set_account_profile(self, request: SignedInRequest) -> Response:
        """Set the caller's default profile.

        One with another email address takes a password that was verified recently.
        """
        accountid, profileid = caller_account(request).accountid, DEFAULT_PROFILEID.read(request)
        proven = has_recent_proof(request)
        return Response(profiles.set_account_profile(accountid, profileid, request.actor, proven=proven).as_json())

    @route(
        "PATCH",
        "set-account-deleted",
        query=(ACCOUNTID,),
        body=(PASSWORD,),
        returns=ACCOUNT,
        writes=("account.deletedAt", "session.ended", "session.endedAt", "resetCode"),
        errors=(*OWN_ACCOUNT_ERRORS, *PASSWORD_ERRORS),
        rate_scope=PASSWORD_PROOF,
        recent_proof=always,
    )
    def set_account_deleted(self, request: SignedInRequest) -> Response:
        """Schedule the caller's account for deletion in DELETE_DELAY days, and end its sessions."""
        accountid, password = caller_account(request).accountid, PASSWORD.read(request)
        return Response(deletion.set_own_account_deleted(accountid, password, request.actor).as_json())

    @route(
        "PATCH",
        "reset-session-key",
        query=(ACCOUNTID,),
        returns=TRUE,
        writes=(
            "account.sessionKeyNumber",
            "account.sessionKeyLastResetAt",
            "session.ended",
            "session.endedAt",
            "resetCode",
        ),
        errors=OWN_ACCOUNT_ERRORS,
        recent_proof=always,
    )
    def reset_session_key(self, request: SignedInRequest) -> Response:
        """End every session of the caller's account, including the one that makes the request."""
        credentials.reset_session_key(caller_account(request).accountid, request.actor)
        return Response(True)
