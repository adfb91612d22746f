"""What can be done to accounts."""

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.models import Account
from accounts.services import credentials, deletion, roles
from admin_site.actions.base import Given, Operation, OperationForm
from admin_site.pages.account_status import is_locked
from admin_site.requests import AdminRequest, actor_of
from resetcodes.services import reset_codes


class SecretCodeForm(OperationForm):
    secret_code = forms.CharField(
        label="Code",
        required=False,
        strip=False,
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
        help_text="Leave it empty to have one made. A code of your own has letters a-z, A-Z and digits only.",
    )


class TypedIdForm(OperationForm):
    typed = forms.CharField(
        label="To be sure, type the id of the account",
        widget=UnfoldAdminTextInputWidget({"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if [typed] != list(self.pks):
            raise forms.ValidationError("This is not the id of the account.")
        return typed


def _create_reset_code(accountid: str, request: AdminRequest, given: Given) -> str:
    secret_code = given["secret_code"] or reset_codes.new_secret_code()
    reset_codes.create_reset_code(accountid, secret_code, actor_of(request))
    return secret_code


def _is_plain(account: Account) -> bool:
    return not (account.administrator_since or account.deleted_at)


OPERATIONS = (
    Operation(
        "create-reset-code",
        "Create a reset code",
        "password",
        "Whoever has the code and knows the username can set a new password with it, once. Make sure to tell it to"
        " the right person. It is shown this one time.",
        "A reset code was created.",
        _create_reset_code,
        form=SecretCodeForm,
        at_once=False,
        shown="reset_code",
    ),
    Operation(
        "unlock-account",
        "Unlock",
        "lock_open",
        "They can try to sign in again at once, however many wrong passwords there were.",
        "The account is unlocked.",
        lambda accountid, request, _: credentials.unlock_account(accountid, actor_of(request)),
        is_locked,
    ),
    Operation(
        "reset-session-key",
        "End all sessions",
        "logout",
        "Everybody who is signed in is signed out at their next click. They can sign in again.",
        "All sessions have ended.",
        lambda accountid, request, _: credentials.reset_session_key(accountid, actor_of(request)),
        lambda account: account.deleted_at is None,
    ),
    Operation(
        "set-account-administrator",
        "Make administrator",
        "add_moderator",
        "An administrator can come in here, and do what you can do.",
        "The account is an administrator's now.",
        lambda accountid, request, _: roles.set_account_administrator(accountid, actor_of(request)),
        _is_plain,
    ),
    Operation(
        "reset-account-administrator",
        "Revoke administrator",
        "remove_moderator",
        "The account keeps working as one without a role. Who is signed in here with it is out at their next click.",
        "The account is no administrator's any more.",
        lambda accountid, request, _: roles.reset_account_administrator(accountid, request.user, actor_of(request)),
        lambda account: account.administrator_since is not None and account.owner_since is None,
        for_owner=True,
    ),
    Operation(
        "set-owner-account",
        "Transfer ownership",
        "crown",
        "The account becomes the owner's, and an administrator's if it is not. You stay an administrator; only the new"
        " owner can give ownership back.",
        "The account is the owner's now, and yours an administrator's.",
        lambda accountid, request, _: roles.set_owner_account(accountid, request.user, actor_of(request)),
        lambda account: account.owner_since is None and account.deleted_at is None,
        for_owner=True,
        at_once=False,
        is_grave=True,
    ),
    Operation(
        "reset-account-deleted",
        "Cancel deletion",
        "restore_from_trash",
        "The account is kept, and its owner can sign in again.",
        "The deletion was cancelled.",
        lambda accountid, request, _: deletion.reset_account_deleted(accountid, actor_of(request)),
        lambda account: account.deleted_at is not None,
    ),
    Operation(
        "set-account-deleted",
        "Schedule deletion",
        "auto_delete",
        "Everybody who is signed in is signed out. Nobody can sign in. Until it is due, the deletion can be cancelled.",
        "The account is scheduled for deletion.",
        lambda accountid, request, _: deletion.set_account_deleted(accountid, actor_of(request)),
        lambda account: account.deleted_at is None,
        is_grave=True,
    ),
    Operation(
        "delete-account",
        "Delete now",
        "delete_forever",
        "The account, its profiles, sessions and reset codes are gone at once, and cannot be brought back. What"
        " happened to it stays recorded.",
        "The account was deleted.",
        lambda accountid, request, _: deletion.delete_account_by_owner(accountid, request.user, actor_of(request)),
        form=TypedIdForm,
        for_owner=True,
        at_once=False,
        is_grave=True,
    ),
)
