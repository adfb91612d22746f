"""Routes of accounts for whoever has one."""

from accounts.inputs import OWN_ACCOUNT_ERRORS, PROFILEID_ERRORS, own
from accounts.requests import SignedInRequest
from accounts.schemas import ACCOUNT
from accounts.services import credentials, deletion, profiles
from dashboard.api.parameters import ACCOUNTID, DEFAULT_PROFILEID, NEW_PASSWORD, NEW_USERNAME, PASSWORD
from dashboard.api.responses import Answer
from dashboard.api.routing import UserViewSet, route
from dashboard.api.schema.objects import TRUE
from dashboard.core.errors import Refusal

PASSWORD_ERRORS = (Refusal.PASSWORD_MISSING, Refusal.ACCOUNT_LOCKED, Refusal.PASSWORD_WRONG)


class UserAccounts(UserViewSet):
    @route("GET", "account", query=(ACCOUNTID,), returns=ACCOUNT, errors=OWN_ACCOUNT_ERRORS)
    def account(self, request: SignedInRequest) -> Answer:
        """One's own account."""
        return Answer(own(request).as_wire())

    @route(
        "PATCH",
        "set-account-username",
        query=(ACCOUNTID,),
        body=(NEW_USERNAME, PASSWORD),
        returns=ACCOUNT,
        errors=(
            *OWN_ACCOUNT_ERRORS,
            Refusal.NEW_USERNAME_MISSING,
            Refusal.NEW_USERNAME_LENGTH,
            *PASSWORD_ERRORS,
            Refusal.USERNAME_TAKEN,
        ),
    )
    def set_account_username(self, request: SignedInRequest) -> Answer:
        """Change the name that one signs in with."""
        accountid, new_username, password = own(request).accountid, NEW_USERNAME.of(request), PASSWORD.of(request)
        account = credentials.set_account_username(accountid, new_username, password, request.actor)
        return Answer(account.as_wire())

    @route(
        "PATCH",
        "set-account-password",
        query=(ACCOUNTID,),
        body=(NEW_PASSWORD, PASSWORD),
        returns=ACCOUNT,
        errors=(
            *OWN_ACCOUNT_ERRORS,
            Refusal.NEW_PASSWORD_MISSING,
            Refusal.NEW_PASSWORD_LENGTH,
            *PASSWORD_ERRORS,
        ),
    )
    def set_account_password(self, request: SignedInRequest) -> Answer:
        """Change one's password. Every other session of the account ends; the one that asks stays."""
        accountid, new_password, password = own(request).accountid, NEW_PASSWORD.of(request), PASSWORD.of(request)
        sessionid = request.auth.sessionid
        account = credentials.set_account_password(accountid, new_password, password, sessionid, request.actor)
        return Answer(account.as_wire())

    @route(
        "PATCH",
        "set-account-profile",
        query=(ACCOUNTID,),
        body=(DEFAULT_PROFILEID,),
        returns=ACCOUNT,
        errors=(*OWN_ACCOUNT_ERRORS, *PROFILEID_ERRORS, Refusal.ANOTHERS),
    )
    def set_account_profile(self, request: SignedInRequest) -> Answer:
        """Make a profile the default one."""
        accountid, profileid = own(request).accountid, DEFAULT_PROFILEID.of(request)
        return Answer(profiles.set_account_profile(accountid, profileid, request.actor).as_wire())

    @route(
        "PATCH",
        "set-account-deleted",
        query=(ACCOUNTID,),
        body=(PASSWORD,),
        returns=ACCOUNT,
        errors=(*OWN_ACCOUNT_ERRORS, *PASSWORD_ERRORS),
    )
    def set_account_deleted(self, request: SignedInRequest) -> Answer:
        """Schedule one's account for deletion, DELETE_DELAY days from now. Its sessions end."""
        accountid, password = own(request).accountid, PASSWORD.of(request)
        return Answer(deletion.set_own_account_deleted(accountid, password, request.actor).as_wire())

    @route("PATCH", "reset-session-key", query=(ACCOUNTID,), returns=TRUE, errors=OWN_ACCOUNT_ERRORS)
    def reset_session_key(self, request: SignedInRequest) -> Answer:
        """End every session of one's account, the one that asks too."""
        credentials.reset_session_key(own(request).accountid, request.actor)
        return Answer(True)
