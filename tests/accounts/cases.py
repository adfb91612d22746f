"""The routes of accounts, and how they refuse. Those that make profiles are in profile_cases.py."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from tests.cases import (
    USERNAME,
    Case,
    Fault,
    Scene,
    guess_in_session,
    lock,
    missing,
    not_given,
    paging,
    schedule,
    unknown,
)
from tests.factories import PASSWORD, AccountFactory

WRONG_PASSWORD = "not the password"


def accountid(scene: Scene) -> str:
    return scene.account.accountid


def anothers_accountid(scene: Scene) -> str:
    return AccountFactory(scheduled=True).accountid


def taken(username: str):
    """The name, which somebody has."""

    def take(scene: Scene) -> str:
        AccountFactory(username=username)
        return username

    return take


def restorable_for(time: timedelta):
    def prepare(scene: Scene) -> None:
        scene.update(deleted_at=timezone.now() + time)

    return prepare


ACCOUNTID = (
    *missing(ErrorCode.ACCOUNTID_MISSING, "accountid"),
    *unknown(ErrorCode.ACCOUNTID_UNKNOWN, "accountid", accountid),
)
OWN_ACCOUNTID = (*ACCOUNTID, Fault(ErrorCode.NOT_OWNED, query={"accountid": anothers_accountid}))
NEW_PASSWORD = "another long password"
NEW_USERNAME = "another-name"

PASSWORD_FAULTS = (
    *not_given(ErrorCode.PASSWORD_MISSING, "password"),
    Fault(ErrorCode.ACCOUNT_LOCKED, prepare=guess_in_session),
    Fault(ErrorCode.PASSWORD_WRONG, body={"password": WRONG_PASSWORD}),
    Fault(ErrorCode.PASSWORD_WRONG, body={"password": "a" * 10_000}),
)
RESTORING_FAULTS = (
    Fault(ErrorCode.NOT_RESTORABLE, prepare=lambda scene: scene.update(deleted_at=None)),
    Fault(ErrorCode.NOT_RESTORABLE, prepare=restorable_for(timedelta(0))),
    Fault(ErrorCode.NOT_RESTORABLE, prepare=restorable_for(timedelta(days=-1))),
)


def make_administrator(scene: Scene) -> None:
    scene.update(administrator_since=timezone.now())


def make_owner(scene: Scene) -> None:
    scene.update(administrator_since=timezone.now(), owner_since=timezone.now())


def pass_ownership_on(scene: Scene) -> None:
    """From the caller to somebody else."""
    Account.objects.filter(pk=scene.caller.account.pk).update(owner_since=None)
    AccountFactory(owner=True)


def owners_accountid(scene: Scene) -> str:
    return Account.objects.owner().get().accountid


CASES = (
    Case("GET", "administrator/account", "administrator", query={"accountid": accountid}, faults=ACCOUNTID),
    Case(
        "PATCH",
        "administrator/reset-session-key",
        "administrator",
        query={"accountid": accountid},
        faults=(*ACCOUNTID, Fault(ErrorCode.DELETION_SCHEDULED, prepare=schedule)),
    ),
    Case("GET", "user/account", "user", query={"accountid": accountid}, faults=OWN_ACCOUNTID),
    Case("PATCH", "user/reset-session-key", "user", query={"accountid": accountid}, faults=OWN_ACCOUNTID),
    Case(
        "PATCH",
        "user/set-account-deleted",
        "user",
        query={"accountid": accountid},
        body={"password": PASSWORD},
        faults=(
            *OWN_ACCOUNTID,
            *PASSWORD_FAULTS,
        ),
    ),
    Case(
        "PATCH",
        "user/reset-account-deleted",
        "guest",
        body={"username": USERNAME, "password": PASSWORD},
        prepare=schedule,
        faults=(
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            Fault(ErrorCode.USERNAME_LENGTH, body={"username": "short"}),
            *not_given(ErrorCode.PASSWORD_MISSING, "password"),
            Fault(ErrorCode.PASSWORD_LENGTH, body={"password": "short"}),
            Fault(ErrorCode.USERNAME_UNKNOWN, body={"username": "nobody-has-it"}),
            Fault(ErrorCode.USERNAME_UNKNOWN, body={"username": "a" * 10_000}),
            Fault(ErrorCode.ACCOUNT_LOCKED, prepare=lock),
            Fault(ErrorCode.PASSWORD_WRONG, body={"password": WRONG_PASSWORD}),
            *RESTORING_FAULTS,
        ),
    ),
    Case(
        "PATCH",
        "user/set-account-username",
        "user",
        query={"accountid": accountid},
        body={"new-username": NEW_USERNAME, "password": PASSWORD},
        faults=(
            *OWN_ACCOUNTID,
            *not_given(ErrorCode.NEW_USERNAME_MISSING, "new-username"),
            Fault(ErrorCode.NEW_USERNAME_LENGTH, body={"new-username": taken("short")}),
            Fault(ErrorCode.NEW_USERNAME_LENGTH, body={"new-username": taken("a" * 51)}),
            *PASSWORD_FAULTS,
            Fault(ErrorCode.USERNAME_TAKEN, body={"new-username": taken("somebody-elses")}),
            Fault(ErrorCode.USERNAME_TAKEN, body={"new-username": USERNAME}),
        ),
    ),
    Case(
        "PATCH",
        "user/set-account-password",
        "user",
        query={"accountid": accountid},
        body={"new-password": NEW_PASSWORD, "password": PASSWORD},
        faults=(
            *OWN_ACCOUNTID,
            *not_given(ErrorCode.NEW_PASSWORD_MISSING, "new-password"),
            Fault(ErrorCode.NEW_PASSWORD_LENGTH, body={"new-password": "short"}),
            Fault(ErrorCode.NEW_PASSWORD_LENGTH, body={"new-password": "a" * 51}),
            *PASSWORD_FAULTS,
        ),
    ),
    *(
        Case("GET", f"administrator/{name}", "administrator", faults=paging(ErrorCode.ACCOUNTID_UNKNOWN, accountid))
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
        faults=(
            *ACCOUNTID,
            Fault(ErrorCode.ALREADY_ADMINISTRATOR, prepare=make_administrator),
            Fault(ErrorCode.DELETION_SCHEDULED, prepare=schedule),
        ),
    ),
    Case(
        "PATCH",
        "administrator/reset-account-administrator",
        "owner",
        query={"accountid": accountid},
        prepare=make_administrator,
        faults=(
            *ACCOUNTID,
            Fault(ErrorCode.NOT_OWNER, prepare=pass_ownership_on),
            Fault(ErrorCode.NOT_ADMINISTRATOR, prepare=lambda scene: scene.update(administrator_since=None)),
            Fault(ErrorCode.NOT_ADMINISTRATOR, query={"accountid": owners_accountid}),
            Fault(ErrorCode.NOT_ADMINISTRATOR, prepare=schedule),
        ),
    ),
    Case(
        "PATCH",
        "administrator/set-owner-account",
        "owner",
        query={"accountid": accountid},
        faults=(
            *missing(ErrorCode.ACCOUNTID_MISSING, "accountid"),
            Fault(ErrorCode.NOT_OWNER, prepare=pass_ownership_on),
            Fault(ErrorCode.ALREADY_OWNER, query={"accountid": owners_accountid}),
            *unknown(ErrorCode.ACCOUNTID_UNKNOWN, "accountid", accountid),
            Fault(ErrorCode.DELETION_SCHEDULED, prepare=schedule),
        ),
    ),
    Case(
        "PATCH",
        "administrator/set-account-deleted",
        "administrator",
        query={"accountid": accountid},
        faults=(
            *ACCOUNTID,
            Fault(ErrorCode.DELETION_ALREADY_SCHEDULED, prepare=schedule),
            Fault(ErrorCode.DELETION_ALREADY_SCHEDULED, prepare=restorable_for(timedelta(days=-1))),
        ),
    ),
    Case(
        "PATCH",
        "administrator/reset-account-deleted",
        "administrator",
        query={"accountid": accountid},
        prepare=schedule,
        faults=(*ACCOUNTID, *RESTORING_FAULTS),
    ),
    Case(
        "DELETE",
        "administrator/delete-account",
        "administrator",
        query={"accountid": accountid},
        faults=(*ACCOUNTID, Fault(ErrorCode.OWNER_UNDELETABLE, prepare=make_owner)),
    ),
)
