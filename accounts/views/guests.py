"""Routes of accounts for anybody."""

from accounts.inputs import FIRST_PROFILE, PROFILE_ERRORS, posted_profile
from accounts.schemas import ACCOUNT
from accounts.services import deletion, registration
from dashboard.api.parameters import LONG_PASSWORD, LONG_USERNAME, OWN_PASSWORD, OWN_USERNAME
from dashboard.api.requests import APIRequest
from dashboard.api.responses import Answer
from dashboard.api.routing import GuestViewSet, route
from dashboard.core.errors import Refusal


class GuestAccounts(GuestViewSet):
    @route(
        "POST",
        "create-account",
        body=(OWN_USERNAME, OWN_PASSWORD, *FIRST_PROFILE),
        returns=ACCOUNT,
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
    def create_account(self, request: APIRequest) -> Answer:
        """Register. The first account is the owner's. With REQUIRE_PROFILE, the fields make a default profile."""
        username, password = OWN_USERNAME.of(request), OWN_PASSWORD.of(request)
        account = registration.create_account(username, password, posted_profile(request), request.actor)
        return Answer(account.as_wire())

    @route(
        "PATCH",
        "reset-account-deleted",
        body=(LONG_USERNAME, LONG_PASSWORD),
        returns=ACCOUNT,
        errors=(
            Refusal.USERNAME_MISSING,
            Refusal.USERNAME_LENGTH,
            Refusal.PASSWORD_MISSING,
            Refusal.PASSWORD_LENGTH,
            Refusal.USERNAME_UNKNOWN,
            Refusal.ACCOUNT_LOCKED,
            Refusal.PASSWORD_WRONG,
            Refusal.NOT_RESTORABLE,
        ),
    )
    def reset_account_deleted(self, request: APIRequest) -> Answer:
        """Cancel the deletion of one's account, while its time has not come."""
        username, password = LONG_USERNAME.of(request), LONG_PASSWORD.of(request)
        return Answer(deletion.reset_own_account_deleted(username, password, request.actor).as_wire())
