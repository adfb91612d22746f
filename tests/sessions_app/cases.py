"""The routes of sessions, and how they refuse."""

from dashboard.core.errors import ErrorCode
from tests.accounts.cases import OWN_ACCOUNTID, accountid, taken
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
from tests.factories import PASSWORD, SessionFactory


def sessionid(scene: Scene) -> str:
    return SessionFactory(account=scene.account).sessionid


def current_sessionid(scene: Scene) -> str:
    return scene.caller.session.sessionid


def anothers_sessionid(scene: Scene) -> str:
    return SessionFactory(is_ended_by_request=True).sessionid


def ended_sessionid(scene: Scene) -> str:
    return SessionFactory(account=scene.account, is_ended_by_request=True).sessionid


def expired_sessionid(scene: Scene) -> str:
    return SessionFactory(account=scene.account, expired=True).sessionid


SESSIONID = (
    *missing(ErrorCode.SESSIONID_MISSING, "sessionid"),
    *unknown(ErrorCode.SESSIONID_UNKNOWN, "sessionid", sessionid),
)
OWN_SESSIONID = (*SESSIONID, Fault(ErrorCode.NOT_OWNED, query={"sessionid": anothers_sessionid}))
ENDED = (
    Fault(ErrorCode.SESSION_ENDED, query={"sessionid": ended_sessionid}),
    Fault(ErrorCode.SESSION_ENDED, query={"sessionid": expired_sessionid}),
)

CASES = (
    Case("GET", "administrator/session", "administrator", query={"sessionid": sessionid}, faults=SESSIONID),
    Case("GET", "user/session", "user", query={"sessionid": sessionid}, faults=OWN_SESSIONID),
    Case(
        "PATCH",
        "user/set-session-ended",
        "user",
        query={"sessionid": sessionid},
        faults=(*OWN_SESSIONID, *ENDED),
    ),
    Case(
        "PATCH",
        "administrator/set-session-ended",
        "administrator",
        query={"sessionid": sessionid},
        faults=(*SESSIONID, *ENDED),
    ),
    Case(
        "GET",
        "user/sessions",
        "user",
        query={"accountid": accountid},
        faults=(*OWN_ACCOUNTID, *paging(ErrorCode.SESSIONID_UNKNOWN, sessionid)),
    ),
    Case("GET", "user/sessions-count", "user", query={"accountid": accountid}, faults=OWN_ACCOUNTID),
    Case("GET", "administrator/sessions", "administrator", faults=paging(ErrorCode.SESSIONID_UNKNOWN, sessionid)),
    Case("GET", "administrator/sessions-count", "administrator"),
    Case("PATCH", "user/end-other-sessions", "user", query={"accountid": accountid}, faults=OWN_ACCOUNTID),
    Case(
        "PATCH",
        "user/set-session-verified",
        "user",
        query={"sessionid": current_sessionid},
        body={"username": USERNAME, "password": PASSWORD},
        faults=(
            *OWN_SESSIONID,
            Fault(ErrorCode.NOT_CURRENT_SESSION, query={"sessionid": sessionid}),
            Fault(ErrorCode.NOT_CURRENT_SESSION, query={"sessionid": ended_sessionid}),
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            *not_given(ErrorCode.PASSWORD_MISSING, "password"),
            Fault(ErrorCode.USERNAME_LENGTH, body={"username": "short"}),
            Fault(ErrorCode.PASSWORD_LENGTH, body={"password": "short"}),
            Fault(ErrorCode.USERNAME_NOT_OWN, body={"username": "nobody-has-it"}),
            Fault(ErrorCode.USERNAME_NOT_OWN, body={"username": taken("somebody-elses")}),
            Fault(ErrorCode.USERNAME_NOT_OWN, body={"username": "a" * 10_000}),
            Fault(ErrorCode.ACCOUNT_LOCKED, prepare=guess_in_session),
            Fault(ErrorCode.PASSWORD_WRONG, body={"password": "not the password"}),
            Fault(ErrorCode.PASSWORD_WRONG, body={"password": "a" * 10_000}),
        ),
    ),
    Case(
        "POST",
        "user/create-session",
        "guest",
        body={"username": USERNAME, "password": PASSWORD},
        faults=(
            *not_given(ErrorCode.USERNAME_MISSING, "username"),
            *not_given(ErrorCode.PASSWORD_MISSING, "password"),
            Fault(ErrorCode.USERNAME_UNKNOWN, body={"username": "nobody-has-it"}),
            Fault(ErrorCode.USERNAME_UNKNOWN, body={"username": USERNAME.upper()}),
            Fault(ErrorCode.USERNAME_UNKNOWN, body={"username": "a" * 10_000}),
            Fault(ErrorCode.ACCOUNT_LOCKED, prepare=lock),
            Fault(ErrorCode.PASSWORD_WRONG, body={"password": "not the password"}),
            Fault(ErrorCode.PASSWORD_WRONG, body={"password": PASSWORD.upper()}),
            Fault(ErrorCode.SIGN_IN_DELETION_SCHEDULED, prepare=schedule),
        ),
    ),
)
