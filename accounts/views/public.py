"""Account routes for anybody."""

from rest_framework.response import Response

from accounts.parameters import (
    PASSWORD_BOUNDED,
    PASSWORD_MIN_LENGTH,
    PROFILE_ERRORS,
    REGISTRATION_PROFILE_BODY,
    USERNAME_BOUNDED,
    USERNAME_MIN_LENGTH,
    posted_profile,
)
from accounts.schemas import ACCOUNT
from accounts.services import deletion, registration
from dashboard.api.access.throttling import REGISTRATION, SIGN_IN
from dashboard.api.requests import APIRequest
from dashboard.api.routing import route
from dashboard.api.viewsets import PublicViewSet
from dashboard.core.errors import ErrorCode


class PublicAccountViewSet(PublicViewSet):
    @route(
        "POST",
        "create-account",
        body=(USERNAME_BOUNDED, PASSWORD_BOUNDED, *REGISTRATION_PROFILE_BODY),
        returns=ACCOUNT,
        writes=("account", "profile"),
        errors=(
            ErrorCode.REGISTRATION_DISABLED,
            ErrorCode.USERNAME_MISSING,
            ErrorCode.PASSWORD_MISSING,
            ErrorCode.USERNAME_LENGTH,
            ErrorCode.PASSWORD_LENGTH,
            ErrorCode.USERNAME_CHARACTERS,
            ErrorCode.PASSWORD_WEAK,
            *PROFILE_ERRORS,
            ErrorCode.USERNAME_TAKEN,
        ),
        rate_scope=REGISTRATION,
    )
    def create_account(self, request: APIRequest) -> Response:
        """Register. With FIRST_ACCOUNT_IS_OWNER the first account becomes the owner.

        With REQUIRE_PROFILE the fields create a default profile.
        """
        username, password = USERNAME_BOUNDED.read(request), PASSWORD_BOUNDED.read(request)
        account = registration.create_account(username, password, posted_profile(request), request.actor)
        return Response(account.as_json())

    @route(
        "PATCH",
        "reset-account-deleted",
        body=(USERNAME_MIN_LENGTH, PASSWORD_MIN_LENGTH),
        returns=ACCOUNT,
        writes=("account.deletedAt",),
        errors=(
            ErrorCode.USERNAME_MISSING,
            ErrorCode.USERNAME_LENGTH,
            ErrorCode.PASSWORD_MISSING,
            ErrorCode.PASSWORD_LENGTH,
            ErrorCode.CREDENTIALS_WRONG,
            ErrorCode.USERNAME_UNKNOWN,
            ErrorCode.ACCOUNT_LOCKED,
            ErrorCode.PASSWORD_WRONG,
            ErrorCode.NOT_RESTORABLE,
        ),
        rate_scope=SIGN_IN,
    )
    def reset_account_deleted(self, request: APIRequest) -> Response:
        """Cancel the scheduled deletion of an account with its username and password, before it is due."""
        username, password = USERNAME_MIN_LENGTH.read(request), PASSWORD_MIN_LENGTH.read(request)
        return Response(deletion.reset_own_account_deleted(username, password, request.actor).as_json())
