"""The routes of second factors, and how they refuse. The second step of a sign-in is among those of sessions."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from second_factors.models import SecondFactor
from tests.accounts.cases import ADMINISTERED, OWN_ACCOUNTID, accountid
from tests.cases import STALE, Case, InvalidInput, RequestContext, missing, not_given, paging, unknown
from tests.factories import SecondFactorFactory, app_code, wrong_code
from tests.sessions_app.cases import enrol


def factorid(context: RequestContext) -> str:
    return SecondFactorFactory(account=context.account).factorid


def pending_factorid(context: RequestContext) -> str:
    return SecondFactorFactory(account=context.account, pending=True).factorid


def late_factorid(context: RequestContext) -> str:
    long_ago = timezone.now() - timedelta(minutes=11)
    return SecondFactorFactory(account=context.account, pending=True, created_at=long_ago).factorid


def anothers_factorid(context: RequestContext) -> str:
    return SecondFactorFactory().factorid


def anothers_pending_factorid(context: RequestContext) -> str:
    return SecondFactorFactory(pending=True).factorid


def enrol_ten_times(context: RequestContext) -> None:
    SecondFactorFactory.create_batch(10, account=context.account)


def remove(context: RequestContext) -> None:
    SecondFactor.objects.filter(account=context.account).delete()
    Account.objects.filter(pk=context.account.pk).update(second_factor_since=None)


FACTORID = (
    *missing(ErrorCode.FACTORID_MISSING, "factorid"),
    *unknown(ErrorCode.FACTORID_UNKNOWN, "factorid", pending_factorid),
)
OWN_FACTORID = (*FACTORID, InvalidInput(ErrorCode.NOT_OWNED, query={"factorid": anothers_factorid}))
BAD_NAMES = tuple(
    InvalidInput(ErrorCode.FACTOR_NAME, body={"name": name}) for name in ("a" * 51, "two\nlines", "  ", "\u202eright")
)

CASES = (
    Case(
        "POST",
        "user/create-second-factor",
        "user",
        query={"accountid": accountid},
        body={"factor-type": "totp", "name": "My telephone"},
        invalid_inputs=(
            STALE,
            *OWN_ACCOUNTID,
            *not_given(ErrorCode.FACTOR_TYPE, "factor-type"),
            InvalidInput(ErrorCode.FACTOR_TYPE, body={"factor-type": "sms"}),
            *BAD_NAMES,
            InvalidInput(ErrorCode.TOO_MANY_SECOND_FACTORS, prepare=enrol_ten_times),
        ),
    ),
    Case(
        "PATCH",
        "user/confirm-second-factor",
        "user",
        query={"factorid": pending_factorid},
        body={"code": lambda _: app_code()},
        invalid_inputs=(
            STALE,
            *FACTORID,
            InvalidInput(ErrorCode.NOT_OWNED, query={"factorid": anothers_pending_factorid}),
            InvalidInput(ErrorCode.FACTOR_NOT_PENDING, query={"factorid": factorid}),
            InvalidInput(ErrorCode.FACTOR_NOT_PENDING, query={"factorid": late_factorid}),
            *not_given(ErrorCode.SECOND_FACTOR_CODE_MISSING, "code"),
            InvalidInput(ErrorCode.SECOND_FACTOR_WRONG, body={"code": lambda _: wrong_code()}),
            InvalidInput(ErrorCode.SECOND_FACTOR_WRONG, body={"code": "not a code"}),
        ),
    ),
    Case(
        "GET",
        "user/second-factors",
        "user",
        query={"accountid": accountid},
        invalid_inputs=(*OWN_ACCOUNTID, *paging(ErrorCode.FACTORID_UNKNOWN, factorid)),
    ),
    Case(
        "PATCH",
        "user/update-second-factor",
        "user",
        query={"factorid": factorid},
        body={"name": "A new telephone"},
        invalid_inputs=(STALE, *OWN_FACTORID, *not_given(ErrorCode.FACTOR_NAME, "name"), *BAD_NAMES),
    ),
    Case(
        "DELETE",
        "user/delete-second-factor",
        "user",
        query={"factorid": factorid},
        invalid_inputs=(STALE, *OWN_FACTORID),
    ),
    Case(
        "POST",
        "user/create-recovery-codes",
        "user",
        query={"accountid": accountid},
        prepare=enrol,
        invalid_inputs=(STALE, *OWN_ACCOUNTID, InvalidInput(ErrorCode.NO_SECOND_FACTOR, prepare=remove)),
    ),
    Case("GET", "user/recovery-codes-count", "user", query={"accountid": accountid}, invalid_inputs=OWN_ACCOUNTID),
    Case(
        "PATCH",
        "administrator/remove-second-factors",
        "administrator",
        query={"accountid": accountid},
        prepare=enrol,
        invalid_inputs=(STALE, *ADMINISTERED, InvalidInput(ErrorCode.NO_SECOND_FACTOR, prepare=remove)),
    ),
)
