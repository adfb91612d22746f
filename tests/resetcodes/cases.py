"""The routes of reset codes, and how they refuse."""

from django.conf import settings

from dashboard.core.errors import ErrorCode
from tests.accounts.cases import ADMINISTERED, NEW_PASSWORD, OWN_ACCOUNTID, accountid
from tests.cases import (
    PROTECTED,
    STALE,
    USERNAME,
    Case,
    InvalidInput,
    RequestContext,
    lock_codes,
    make_administrator,
    missing,
    not_given,
    paging,
    schedule,
    unknown,
)
from tests.factories import ResetCodeFactory

SECRET_CODE = "abc123DEF456"
ANOTHERS_SECRET_CODE = "anothersCode1"


def codeid(context: RequestContext) -> str:
    return ResetCodeFactory(account=context.account).codeid


def anothers_codeid(context: RequestContext) -> str:
    return ResetCodeFactory().codeid


def have_codes(context: RequestContext) -> None:
    """The account has one, and somebody else has another."""
    ResetCodeFactory(account=context.account, secret_code=SECRET_CODE)
    ResetCodeFactory(secret_code=ANOTHERS_SECRET_CODE)


def have_as_many_as_allowed(context: RequestContext) -> None:
    ResetCodeFactory.create_batch(settings.MAXIMUM_RESET_CODES, account=context.account)


def secret_code(error_code: ErrorCode, *values: str) -> tuple[InvalidInput, ...]:
    return tuple(InvalidInput(error_code, body={"secret-code": value}) for value in values)


SECRET_CODE_ERRORS = (
    *not_given(ErrorCode.SECRET_CODE_MISSING, "secret-code"),
    *secret_code(ErrorCode.SECRET_CODE_INVALID, "-", "abc 12", "abcdé", "٣٤٥", "abc1\n", "a_" * 26),
    *secret_code(ErrorCode.SECRET_CODE_LENGTH, "abc12", "a" * 51, "a" * 10_000),
    *secret_code(ErrorCode.SECRET_CODE_TRIVIAL, "aaaaaa", "123456", "FEDCBA", "0987654321"),
    InvalidInput(ErrorCode.TOO_MANY_RESET_CODES, prepare=have_as_many_as_allowed),
)
CODEID = (*missing(ErrorCode.CODEID_MISSING, "codeid"), *unknown(ErrorCode.CODEID_UNKNOWN, "codeid", codeid))
OWN_CODEID = (*CODEID, InvalidInput(ErrorCode.NOT_OWNED, query={"codeid": anothers_codeid}))

CASES = (
    Case(
        "POST",
        "administrator/create-reset-code",
        "administrator",
        query={"accountid": accountid},
        body={"secret-code": SECRET_CODE},
        invalid_inputs=(STALE, *ADMINISTERED, *SECRET_CODE_ERRORS),
    ),
    Case(
        "POST",
        "user/create-reset-code",
        "user",
        query={"accountid": accountid},
        body={"secret-code": SECRET_CODE},
        invalid_inputs=(STALE, *OWN_ACCOUNTID, *SECRET_CODE_ERRORS),
    ),
    Case(
        "POST",
        "service/create-reset-code",
        "service",
        body={"username": USERNAME},
        invalid_inputs=(
            *unknown(ErrorCode.ACCOUNTID_UNKNOWN, "accountid", accountid),
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            InvalidInput(ErrorCode.NAMED_USERNAME_UNKNOWN, body={"username": "nobody-has-it"}),
            InvalidInput(ErrorCode.NAMED_USERNAME_UNKNOWN, body={"username": "a" * 10_000}),
            InvalidInput(ErrorCode.ADMINISTRATOR_PROTECTED, prepare=make_administrator),
            InvalidInput(ErrorCode.DELETION_SCHEDULED, prepare=schedule),
            InvalidInput(ErrorCode.TOO_MANY_RESET_CODES, prepare=have_as_many_as_allowed),
        ),
    ),
    Case("GET", "administrator/reset-code", "administrator", query={"codeid": codeid}, invalid_inputs=CODEID),
    Case("GET", "user/reset-code", "user", query={"codeid": codeid}, invalid_inputs=OWN_CODEID),
    Case(
        "DELETE",
        "administrator/delete-reset-code",
        "administrator",
        query={"codeid": codeid},
        invalid_inputs=(STALE, *CODEID, PROTECTED),
    ),
    Case("DELETE", "user/delete-reset-code", "user", query={"codeid": codeid}, invalid_inputs=(STALE, *OWN_CODEID)),
    Case("GET", "administrator/reset-codes", "administrator", invalid_inputs=paging(ErrorCode.CODEID_UNKNOWN, codeid)),
    Case("GET", "administrator/reset-codes-count", "administrator"),
    Case(
        "GET",
        "user/reset-codes",
        "user",
        query={"accountid": accountid},
        invalid_inputs=(*OWN_ACCOUNTID, *paging(ErrorCode.CODEID_UNKNOWN, codeid)),
    ),
    Case("GET", "user/reset-codes-count", "user", query={"accountid": accountid}, invalid_inputs=OWN_ACCOUNTID),
    Case(
        "PATCH",
        "user/reset-account-password",
        "guest",
        body={"username": USERNAME, "new-password": NEW_PASSWORD, "secret-code": SECRET_CODE},
        prepare=have_codes,
        invalid_inputs=(
            *not_given(ErrorCode.SECRET_CODE_MISSING, "secret-code"),
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            *not_given(ErrorCode.RESET_PASSWORD_MISSING, "new-password"),
            InvalidInput(ErrorCode.PASSWORD_LENGTH, body={"new-password": "short"}),
            InvalidInput(ErrorCode.PASSWORD_LENGTH, body={"new-password": "a" * 129}),
            InvalidInput(ErrorCode.PASSWORD_WEAK, body={"new-password": "password1"}),
            InvalidInput(ErrorCode.USERNAME_UNKNOWN, body={"username": "nobody-has-it"}),
            InvalidInput(ErrorCode.USERNAME_UNKNOWN, body={"username": "a" * 10_000}),
            InvalidInput(ErrorCode.ACCOUNT_LOCKED, prepare=lock_codes),
            InvalidInput(ErrorCode.DELETION_SCHEDULED, prepare=schedule),
            *secret_code(ErrorCode.RESET_CODE_WRONG, ANOTHERS_SECRET_CODE, SECRET_CODE.lower(), "-", "a" * 10_000),
        ),
    ),
)
