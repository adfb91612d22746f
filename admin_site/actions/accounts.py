"""Actions on accounts."""

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import Account
from accounts.services import credentials, deletion, roles
from admin_site.actions.base import VERBATIM_INPUT, ActionForm, ServiceAction
from admin_site.actions.reset_codes import ResetCodeForm, create_reset_code
from admin_site.pages.account_status import can_be_unlocked
from admin_site.requests import actor_of
from second_factors.services import enrolment


class AccountIdForm(ActionForm):
    """Ask for the id of the selected account as a safeguard."""

    typed = forms.CharField(label="Type the account ID to confirm", widget=UnfoldAdminTextInputWidget(VERBATIM_INPUT))

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if [typed] != list(self.pks):
            raise forms.ValidationError("This is not the account ID.")
        return typed


def _has_no_role(account: Account) -> bool:
    return not (account.administrator_since or account.deleted_at)


def _is_revocable_administrator(account: Account) -> bool:
    return account.administrator_since is not None and not (account.owner_since or account.deleted_at)


ACCOUNT_ACTIONS = (
    ServiceAction(
        "create-reset-code",
        title="Create reset code",
        icon="password",
        description=(
            "Anyone who has the code and knows the username can set a new password, once. Make sure that you give it to"
            " the right person. The code is shown only once."
        ),
        success_message="The reset code was created.",
        call=create_reset_code,
        form=ResetCodeForm,
        allow_bulk=False,
        result_template="reset_code",
    ),
    ServiceAction(
        "unlock-account",
        title="Unlock",
        icon="lock_open",
        description="The account owner can try to sign in again at once, despite earlier wrong passwords.",
        success_message="The account is unlocked.",
        call=lambda accountid, request, _: credentials.unlock_account(accountid, actor_of(request)),
        is_available=can_be_unlocked,
    ),
    ServiceAction(
        "remove-second-factors",
        title="Remove second factors",
        icon="phonelink_erase",
        description=(
            "For somebody who has lost them: the password alone is enough again. Make sure that it is the right person."
            " Recovery codes are removed, too, and every browser is signed out."
        ),
        effect_on_self="You are signed out too, and have to sign in again.",
        success_message="The second factors were removed.",
        call=lambda accountid, request, _: enrolment.remove_second_factors(accountid, actor_of(request)),
        is_available=lambda account: account.second_factor_since is not None,
        is_destructive=True,
    ),
    ServiceAction(
        "reset-session-key",
        title="End all sessions",
        icon="logout",
        description="Every browser that is signed in to the account is signed out at its next request. It can sign in"
        " again.",
        effect_on_self="You are signed out too, and have to sign in again.",
        success_message="All sessions have ended.",
        call=lambda accountid, request, _: credentials.reset_session_key(accountid, actor_of(request)),
        is_available=lambda account: account.deleted_at is None,
    ),
    ServiceAction(
        "set-account-administrator",
        title="Make administrator",
        icon="add_moderator",
        description="Administrators can sign in to this site, see every account and manage those of users.",
        success_message="The account is now an administrator.",
        call=lambda accountid, request, _: roles.set_account_administrator(accountid, actor_of(request)),
        is_available=_has_no_role,
    ),
    ServiceAction(
        "reset-account-administrator",
        title="Revoke administrator role",
        icon="remove_moderator",
        description="The account keeps working without the role, and is signed out of this site at its next request.",
        effect_on_self="You are signed out of this site, and cannot sign in to it any more.",
        success_message="The account is no longer an administrator.",
        call=lambda accountid, request, _: roles.reset_account_administrator(
            accountid, request.user, actor_of(request)
        ),
        is_available=_is_revocable_administrator,
        owner_only=True,
    ),
    ServiceAction(
        "set-owner-account",
        title="Transfer ownership",
        icon="crown",
        description=(
            "The account becomes the owner, and an administrator if it is not one yet. You stay an administrator. Only"
            " the new owner can transfer ownership back."
        ),
        success_message="The account is now the owner. You are still an administrator.",
        call=lambda accountid, request, _: roles.set_owner_account(accountid, request.user, actor_of(request)),
        is_available=lambda account: account.owner_since is None and account.deleted_at is None,
        owner_only=True,
        allow_bulk=False,
        is_destructive=True,
    ),
    ServiceAction(
        "reset-account-deleted",
        title="Cancel deletion",
        icon="restore_from_trash",
        description="The account is kept, and signing in is possible again.",
        success_message="The deletion was cancelled.",
        call=lambda accountid, request, _: deletion.reset_account_deleted(accountid, actor_of(request)),
        is_available=lambda account: account.deleted_at is not None and account.deleted_at > timezone.now(),
    ),
    ServiceAction(
        "set-account-deleted",
        title="Schedule deletion",
        icon="auto_delete",
        description=(
            "Every browser that is signed in to the account is signed out, and nobody can sign in. The deletion can be"
            " cancelled until it is due."
        ),
        effect_on_self="You are signed out, and cannot sign in until the deletion is cancelled.",
        success_message="The account is scheduled for deletion.",
        call=lambda accountid, request, _: deletion.set_account_deleted(accountid, actor_of(request)),
        is_available=lambda account: account.deleted_at is None,
        is_destructive=True,
    ),
    ServiceAction(
        "delete-account",
        title="Delete now",
        icon="delete_forever",
        description=(
            "The account and its profiles, sessions and reset codes are deleted at once. They cannot be restored. The"
            " account's events stay recorded."
        ),
        effect_on_self="Your own account is deleted.",
        success_message="The account was deleted.",
        call=lambda accountid, request, _: deletion.delete_account_by_owner(accountid, request.user, actor_of(request)),
        is_available=lambda account: account.owner_since is None,
        form=AccountIdForm,
        owner_only=True,
        allow_bulk=False,
        is_destructive=True,
    ),
)
