"""The routes of sessions, and how they refuse."""

from django.utils import timezone

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from tests.accounts.cases import OWN_ACCOUNTID, accountid, taken
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
    missing,
    not_given,
    paging,
    schedule,
    unknown,
    verify_long_ago,
)
from tests.factories import (
    CHALLENGE,
    PASSWORD,
    SecondFactorFactory,
    SessionFactory,
    SignInChallengeFactory,
    app_code,
    wrong_code,
)


def sessionid(context: RequestContext) -> str:
    return SessionFactory(account=context.account).sessionid


def current_sessionid(context: RequestContext) -> str:
    return context.caller.session.sessionid


def anothers_sessionid(context: RequestContext) -> str:
    return SessionFactory(is_ended_by_request=True).sessionid


def ended_sessionid(context: RequestContext) -> str:
    return SessionFactory(account=context.account, is_ended_by_request=True).sessionid


def expired_sessionid(context: RequestContext) -> str:
    return SessionFactory(account=context.account, expired=True).sessionid


def enrol(context: RequestContext) -> None:
    """Give the account an authenticator app."""
    SecondFactorFactory(account=context.account)


def challenge(context: RequestContext) -> str:
    """Return the challenge of a sign-in to the account, whose password was right."""
    SignInChallengeFactory(account=Account.objects.get(pk=context.account.pk), attempts_left=100)
    return CHALLENGE


def expired_challenge(context: RequestContext) -> str:
    SignInChallengeFactory(account=context.account, expires_at=timezone.now())
    return CHALLENGE


SESSIONID = (
    *missing(ErrorCode.SESSIONID_MISSING, "sessionid"),
    *unknown(ErrorCode.SESSIONID_UNKNOWN, "sessionid", sessionid),
)
OWN_SESSIONID = (*SESSIONID, InvalidInput(ErrorCode.NOT_OWNED, query={"sessionid": anothers_sessionid}))
ENDED = (
    InvalidInput(ErrorCode.SESSION_ENDED, query={"sessionid": ended_sessionid}),
    InvalidInput(ErrorCode.SESSION_ENDED, query={"sessionid": expired_sessionid}),
)

CASES = (
    Case(
        "GET",
        "check",
        "user",
        invalid_inputs=(
            *(
                InvalidInput(ErrorCode.CONDITION_INVALID, query=query)
                for query in ({"admin": ""}, {"administrator": "no"}, {"verified": "-1"}, {"verified": ["1", "2"]})
            ),
            InvalidInput(ErrorCode.CHECKED_NOT_ADMINISTRATOR, query={"administrator": ""}),
            InvalidInput(ErrorCode.CHECKED_NOT_OWNER, query={"owner": ""}),
            InvalidInput(ErrorCode.CHECKED_PROOF_TOO_OLD, query={"verified": "1"}, prepare=verify_long_ago),
        ),
        success=(204, ""),
    ),
    Case("GET", "administrator/session", "administrator", query={"sessionid": sessionid}, invalid_inputs=SESSIONID),
    Case(
        "GET",
        "user/session",
        "user",
        query={"sessionid": sessionid},
        invalid_inputs=OWN_SESSIONID,
        settings={"OWN_SESSION_WITHOUT_ID": False},
    ),
    Case(
        "PATCH",
        "user/set-session-ended",
        "user",
        query={"sessionid": sessionid},
        invalid_inputs=(STALE, *OWN_SESSIONID, *ENDED),
    ),
    Case(
        "PATCH",
        "administrator/set-session-ended",
        "administrator",
        query={"sessionid": sessionid},
        invalid_inputs=(STALE, *SESSIONID, PROTECTED, *ENDED),
    ),
    Case(
        "GET",
        "user/sessions",
        "user",
        query={"accountid": accountid},
        invalid_inputs=(*OWN_ACCOUNTID, *paging(ErrorCode.SESSIONID_UNKNOWN, sessionid)),
    ),
    Case("GET", "user/sessions-count", "user", query={"accountid": accountid}, invalid_inputs=OWN_ACCOUNTID),
    Case(
        "GET", "administrator/sessions", "administrator", invalid_inputs=paging(ErrorCode.SESSIONID_UNKNOWN, sessionid)
    ),
    Case("GET", "administrator/sessions-count", "administrator"),
    Case(
        "PATCH",
        "user/end-other-sessions",
        "user",
        query={"accountid": accountid},
        invalid_inputs=(STALE, *OWN_ACCOUNTID),
    ),
    Case(
        "PATCH",
        "user/set-session-verified",
        "user",
        query={"sessionid": current_sessionid},
        body={"username": USERNAME, "password": PASSWORD},
        invalid_inputs=(
            *OWN_SESSIONID,
            InvalidInput(ErrorCode.NOT_CURRENT_SESSION, query={"sessionid": sessionid}),
            InvalidInput(ErrorCode.NOT_CURRENT_SESSION, query={"sessionid": ended_sessionid}),
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            *not_given(ErrorCode.PASSWORD_MISSING, "password"),
            InvalidInput(ErrorCode.USERNAME_LENGTH, body={"username": "short"}),
            InvalidInput(ErrorCode.PASSWORD_LENGTH, body={"password": "short"}),
            InvalidInput(ErrorCode.USERNAME_NOT_OWN, body={"username": "nobody-has-it"}),
            InvalidInput(ErrorCode.USERNAME_NOT_OWN, body={"username": taken("somebody-elses")}),
            InvalidInput(ErrorCode.USERNAME_NOT_OWN, body={"username": "a" * 10_000}),
            InvalidInput(ErrorCode.ACCOUNT_LOCKED, prepare=guess_in_session),
            InvalidInput(ErrorCode.PASSWORD_WRONG, body={"password": "not the password"}),
            InvalidInput(ErrorCode.PASSWORD_WRONG, body={"password": "a" * 10_000}),
        ),
    ),
    Case(
        "POST",
        "user/create-session",
        "guest",
        body={"username": USERNAME, "password": PASSWORD},
        invalid_inputs=(
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            *not_given(ErrorCode.PASSWORD_MISSING, "password"),
            *CONCEALED,
            InvalidInput(ErrorCode.USERNAME_UNKNOWN, body={"username": "nobody-has-it"}),
            InvalidInput(ErrorCode.USERNAME_UNKNOWN, body={"username": USERNAME.upper()}),
            InvalidInput(ErrorCode.USERNAME_UNKNOWN, body={"username": "a" * 10_000}),
            InvalidInput(ErrorCode.ACCOUNT_LOCKED, prepare=lock),
            InvalidInput(ErrorCode.PASSWORD_WRONG, body={"password": "not the password"}),
            InvalidInput(ErrorCode.PASSWORD_WRONG, body={"password": PASSWORD.upper()}),
            InvalidInput(ErrorCode.SIGN_IN_DELETION_SCHEDULED, prepare=schedule),
            InvalidInput(ErrorCode.SECOND_FACTOR_REQUIRED, prepare=enrol),
        ),
    ),
    Case(
        "POST",
        "user/complete-session",
        "guest",
        body={"challenge": challenge, "code": lambda _: app_code()},
        prepare=enrol,
        invalid_inputs=(
            *not_given(ErrorCode.CHALLENGE_MISSING, "challenge"),
            *not_given(ErrorCode.SECOND_FACTOR_CODE_MISSING, "code"),
            InvalidInput(ErrorCode.CHALLENGE_WRONG, body={"challenge": "0" * 64}),
            InvalidInput(ErrorCode.CHALLENGE_WRONG, body={"challenge": expired_challenge}),
            InvalidInput(ErrorCode.CHALLENGE_WRONG, body={"challenge": "a" * 10_000}),
            InvalidInput(ErrorCode.ACCOUNT_LOCKED, prepare=lock),
            InvalidInput(ErrorCode.SECOND_FACTOR_WRONG, body={"code": lambda _: wrong_code()}),
            InvalidInput(ErrorCode.SECOND_FACTOR_WRONG, body={"code": "not a code"}),
            InvalidInput(ErrorCode.SECOND_FACTOR_WRONG, body={"code": "1" * 10_000}),
            InvalidInput(ErrorCode.SIGN_IN_DELETION_SCHEDULED, prepare=schedule),
        ),
    ),
)
