"""The routes of reset codes, and how they refuse."""

from dashboard.core.errors import ErrorCode
from tests.accounts.cases import ACCOUNTID, NEW_PASSWORD, OWN_ACCOUNTID, accountid
from tests.cases import USERNAME, Case, Fault, Scene, lock, missing, not_given, paging, schedule, unknown
from tests.factories import ResetCodeFactory

SECRET_CODE = "abc123DEF456"
ANOTHERS_SECRET_CODE = "anothersCode1"


def codeid(scene: Scene) -> str:
    return ResetCodeFactory(account=scene.account).codeid


def anothers_codeid(scene: Scene) -> str:
    return ResetCodeFactory().codeid


def have_codes(scene: Scene) -> None:
    """The account has one, and somebody else has another."""
    ResetCodeFactory(account=scene.account, secret_code=SECRET_CODE)
    ResetCodeFactory(secret_code=ANOTHERS_SECRET_CODE)


def secret_code(refusal: ErrorCode, *values: str) -> tuple[Fault, ...]:
    return tuple(Fault(refusal, body={"secret-code": value}) for value in values)


SECRET_CODE_FAULTS = (
    *not_given(ErrorCode.SECRET_CODE_MISSING, "secret-code"),
    *secret_code(ErrorCode.SECRET_CODE_INVALID, "-", "abc 12", "abcdé", "٣٤٥", "abc1\n", "a_" * 26),
    *secret_code(ErrorCode.SECRET_CODE_LENGTH, "abc12", "a" * 51, "a" * 10_000),
)
CODEID = (*missing(ErrorCode.CODEID_MISSING, "codeid"), *unknown(ErrorCode.CODEID_UNKNOWN, "codeid", codeid))
OWN_CODEID = (*CODEID, Fault(ErrorCode.NOT_OWNED, query={"codeid": anothers_codeid}))

CASES = (
    Case(
        "POST",
        "administrator/create-reset-code",
        "administrator",
        query={"accountid": accountid},
        body={"secret-code": SECRET_CODE},
        faults=(*ACCOUNTID, *SECRET_CODE_FAULTS),
    ),
    Case(
        "POST",
        "user/create-reset-code",
        "user",
        query={"accountid": accountid},
        body={"secret-code": SECRET_CODE},
        faults=(*OWN_ACCOUNTID, *SECRET_CODE_FAULTS),
    ),
    Case("GET", "administrator/reset-code", "administrator", query={"codeid": codeid}, faults=CODEID),
    Case("GET", "user/reset-code", "user", query={"codeid": codeid}, faults=OWN_CODEID),
    Case("DELETE", "administrator/delete-reset-code", "administrator", query={"codeid": codeid}, faults=CODEID),
    Case("DELETE", "user/delete-reset-code", "user", query={"codeid": codeid}, faults=OWN_CODEID),
    Case("GET", "administrator/reset-codes", "administrator", faults=paging(ErrorCode.CODEID_UNKNOWN, codeid)),
    Case("GET", "administrator/reset-codes-count", "administrator"),
    Case(
        "GET",
        "user/reset-codes",
        "user",
        query={"accountid": accountid},
        faults=(*OWN_ACCOUNTID, *paging(ErrorCode.CODEID_UNKNOWN, codeid)),
    ),
    Case("GET", "user/reset-codes-count", "user", query={"accountid": accountid}, faults=OWN_ACCOUNTID),
    Case(
        "PATCH",
        "user/reset-account-password",
        "guest",
        body={"username": USERNAME, "new-password": NEW_PASSWORD, "secret-code": SECRET_CODE},
        prepare=have_codes,
        faults=(
            *not_given(ErrorCode.SECRET_CODE_MISSING, "secret-code"),
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            *not_given(ErrorCode.RESET_PASSWORD_MISSING, "new-password"),
            Fault(ErrorCode.PASSWORD_LENGTH, body={"new-password": "short"}),
            Fault(ErrorCode.PASSWORD_LENGTH, body={"new-password": "a" * 51}),
            Fault(ErrorCode.USERNAME_UNKNOWN, body={"username": "nobody-has-it"}),
            Fault(ErrorCode.USERNAME_UNKNOWN, body={"username": "a" * 10_000}),
            Fault(ErrorCode.ACCOUNT_LOCKED, prepare=lock),
            Fault(ErrorCode.DELETION_SCHEDULED, prepare=schedule),
            *secret_code(ErrorCode.RESET_CODE_WRONG, ANOTHERS_SECRET_CODE, SECRET_CODE.lower(), "-", "a" * 10_000),
        ),
    ),
)
