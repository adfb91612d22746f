"""The routes of accounts, and how they refuse. Those that make profiles are in profile_cases.py."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from tests.cases import (
    CONCEALED,
    PROTECTED,
    STALE,
    USERNAME,
    Case,
    InvalidInput,
    RequestContext,
    guess_in_session,
    lock,
    make_administrator,
    missing,
    not_given,
    paging,
    schedule,
    unknown,
)
from tests.factories import PASSWORD, AccountFactory

WRONG_PASSWORD = "not the password"


def accountid(context: RequestContext) -> str:
    return context.account.accountid


def anothers_accountid(context: RequestContext) -> str:
    return AccountFactory(scheduled=True).accountid


def taken(username: str):
    """The name, which somebody has."""

    def take(context: RequestContext) -> str:
        AccountFactory(username=username)
        return username

    return take


def restorable_for(time: timedelta):
    def prepare(context: RequestContext) -> None:
        context.update(deleted_at=timezone.now() + time)

    return prepare


ACCOUNTID = (
    *missing(ErrorCode.ACCOUNTID_MISSING, "accountid"),
    *unknown(ErrorCode.ACCOUNTID_UNKNOWN, "accountid", accountid),
)
ADMINISTERED = (*ACCOUNTID, PROTECTED)
OWN_ACCOUNTID = (*ACCOUNTID, InvalidInput(ErrorCode.NOT_OWNED, query={"accountid": anothers_accountid}))
NEW_PASSWORD = "another long password"
NEW_USERNAME = "another-name"

PASSWORD_ERRORS = (
    *not_given(ErrorCode.PASSWORD_MISSING, "password"),
    InvalidInput(ErrorCode.ACCOUNT_LOCKED, prepare=guess_in_session),
    InvalidInput(ErrorCode.PASSWORD_WRONG, body={"password": WRONG_PASSWORD}),
    InvalidInput(ErrorCode.PASSWORD_WRONG, body={"password": "a" * 10_000}),
)
RESTORE_ERRORS = (
    InvalidInput(ErrorCode.NOT_RESTORABLE, prepare=lambda context: context.update(deleted_at=None)),
    InvalidInput(ErrorCode.NOT_RESTORABLE, prepare=restorable_for(timedelta(0))),
    InvalidInput(ErrorCode.NOT_RESTORABLE, prepare=restorable_for(timedelta(days=-1))),
)


def make_owner(context: RequestContext) -> None:
    context.update(administrator_since=timezone.now(), owner_since=timezone.now())


def pass_ownership_on(context: RequestContext) -> None:
    """From the caller to somebody else."""
    Account.objects.filter(pk=context.caller.account.pk).update(owner_since=None)
    AccountFactory(owner=True)


def owners_accountid(context: RequestContext) -> str:
    return Account.objects.owner().get().accountid


CASES = (
    Case("GET", "administrator/account", "administrator", query={"accountid": accountid}, invalid_inputs=ACCOUNTID),
    Case(
        "PATCH",
        "administrator/reset-session-key",
        "administrator",
        query={"accountid": accountid},
        invalid_inputs=(STALE, *ADMINISTERED, InvalidInput(ErrorCode.DELETION_SCHEDULED, prepare=schedule)),
    ),
    Case("GET", "user/account", "user", query={"accountid": accountid}, invalid_inputs=OWN_ACCOUNTID),
    Case(
        "PATCH",
        "user/reset-session-key",
        "user",
        query={"accountid": accountid},
        invalid_inputs=(STALE, *OWN_ACCOUNTID),
    ),
    Case(
        "PATCH",
        "user/set-account-deleted",
        "user",
        query={"accountid": accountid},
        body={"password": PASSWORD},
        invalid_inputs=(
            STALE,
            *OWN_ACCOUNTID,
            *PASSWORD_ERRORS,
        ),
    ),
    Case(
        "PATCH",
        "user/reset-account-deleted",
        "guest",
        body={"username": USERNAME, "password": PASSWORD},
        prepare=schedule,
        invalid_inputs=(
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            InvalidInput(ErrorCode.USERNAME_LENGTH, body={"username": "short"}),
            *not_given(ErrorCode.PASSWORD_MISSING, "password"),
            InvalidInput(ErrorCode.PASSWORD_LENGTH, body={"password": "short"}),
            *CONCEALED,
            InvalidInput(ErrorCode.USERNAME_UNKNOWN, body={"username": "nobody-has-it"}),
            InvalidInput(ErrorCode.USERNAME_UNKNOWN, body={"username": "a" * 10_000}),
            InvalidInput(ErrorCode.ACCOUNT_LOCKED, prepare=lock),
            InvalidInput(ErrorCode.PASSWORD_WRONG, body={"password": WRONG_PASSWORD}),
            *RESTORE_ERRORS,
        ),
    ),
    Case(
        "PATCH",
        "user/set-account-username",
        "user",
        query={"accountid": accountid},
        body={"new-username": NEW_USERNAME, "password": PASSWORD},
        invalid_inputs=(
            STALE,
            *OWN_ACCOUNTID,
            *not_given(ErrorCode.NEW_USERNAME_MISSING, "new-username"),
            InvalidInput(ErrorCode.NEW_USERNAME_LENGTH, body={"new-username": taken("short")}),
            InvalidInput(ErrorCode.NEW_USERNAME_LENGTH, body={"new-username": taken("a" * 51)}),
            InvalidInput(ErrorCode.NEW_USERNAME_CHARACTERS, body={"new-username": taken(" a-name")}),
            *PASSWORD_ERRORS,
            InvalidInput(ErrorCode.USERNAME_TAKEN, body={"new-username": taken("somebody-elses")}),
            InvalidInput(ErrorCode.USERNAME_TAKEN, body={"new-username": USERNAME}),
        ),
    ),
    Case(
        "PATCH",
        "user/set-account-password",
        "user",
        query={"accountid": accountid},
        body={"new-password": NEW_PASSWORD, "password": PASSWORD},
        invalid_inputs=(
            STALE,
            *OWN_ACCOUNTID,
            *not_given(ErrorCode.NEW_PASSWORD_MISSING, "new-password"),
            InvalidInput(ErrorCode.NEW_PASSWORD_LENGTH, body={"new-password": "short"}),
            InvalidInput(ErrorCode.NEW_PASSWORD_LENGTH, body={"new-password": "a" * 129}),
            InvalidInput(ErrorCode.PASSWORD_WEAK, body={"new-password": "password1"}),
            InvalidInput(ErrorCode.PASSWORD_WEAK, body={"new-password": USERNAME}),
            *PASSWORD_ERRORS,
        ),
    ),
    *(
        Case(
            "GET",
            f"administrator/{name}",
            "administrator",
            invalid_inputs=paging(ErrorCode.ACCOUNTID_UNKNOWN, accountid),
        )
        for name in ("accounts", "administrator-accounts", "deleted-accounts")
    ),
    *(
        Case("GET", f"administrator/{name}", "administrator")
        for name in ("accounts-count", "administrator-accounts-count", "deleted-accounts-count")
    ),
    Case(
        "PATCH",
        "administrator/set-account-administrator",
        "administrator",
        query={"accountid": accountid},
        invalid_inputs=(
            STALE,
            *ACCOUNTID,
            InvalidInput(ErrorCode.ALREADY_ADMINISTRATOR, prepare=make_administrator),
            InvalidInput(ErrorCode.DELETION_SCHEDULED, prepare=schedule),
        ),
    ),
    Case(
        "PATCH",
        "administrator/reset-account-administrator",
        "owner",
        query={"accountid": accountid},
        prepare=make_administrator,
        invalid_inputs=(
            STALE,
            *ACCOUNTID,
            InvalidInput(ErrorCode.NOT_OWNER, prepare=pass_ownership_on),
            InvalidInput(ErrorCode.NOT_ADMINISTRATOR, prepare=lambda context: context.update(administrator_since=None)),
            InvalidInput(ErrorCode.NOT_ADMINISTRATOR, query={"accountid": owners_accountid}),
            InvalidInput(ErrorCode.NOT_ADMINISTRATOR, prepare=schedule),
        ),
    ),
    Case(
        "PATCH",
        "administrator/set-owner-account",
        "owner",
        query={"accountid": accountid},
        invalid_inputs=(
            STALE,
            *missing(ErrorCode.ACCOUNTID_MISSING, "accountid"),
            InvalidInput(ErrorCode.NOT_OWNER, prepare=pass_ownership_on),
            InvalidInput(ErrorCode.ALREADY_OWNER, query={"accountid": owners_accountid}),
            *unknown(ErrorCode.ACCOUNTID_UNKNOWN, "accountid", accountid),
            InvalidInput(ErrorCode.DELETION_SCHEDULED, prepare=schedule),
        ),
    ),
    Case(
        "PATCH",
        "administrator/set-account-deleted",
        "administrator",
        query={"accountid": accountid},
        invalid_inputs=(
            STALE,
            *ADMINISTERED,
            InvalidInput(ErrorCode.DELETION_ALREADY_SCHEDULED, prepare=schedule),
            InvalidInput(ErrorCode.DELETION_ALREADY_SCHEDULED, prepare=restorable_for(timedelta(days=-1))),
        ),
    ),
    Case(
        "PATCH",
        "administrator/reset-account-deleted",
        "administrator",
        query={"accountid": accountid},
        prepare=schedule,
        invalid_inputs=(STALE, *ADMINISTERED, *RESTORE_ERRORS),
    ),
    Case(
        "DELETE",
        "administrator/delete-account",
        "administrator",
        query={"accountid": accountid},
        invalid_inputs=(
            STALE,
            *ADMINISTERED,
            InvalidInput(ErrorCode.OWNER_UNDELETABLE, prepare=make_owner, settings={"PROTECT_ADMINISTRATORS": False}),
        ),
    ),
)
