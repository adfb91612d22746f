"""People with sessions, and every request that ends some of these sessions."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode

import pyotp

PASSWORD = "a long enough password"
NEW_PASSWORD = "another long password"
SECRET_CODE = "abc123def456"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class SignedIn:
    """A session and its token."""

    sessionid: str
    token: str
    accountid: str


@dataclass
class Person:
    """An account, with its owner's credentials."""

    username: str
    accountid: str
    sessions: list[SignedIn]
    password: str = PASSWORD
    factorid: str = ""


class UnexpectedAnswerError(Exception):
    """A server answered a route with a status that the load does not allow."""


class Access:
    """A keep-alive connection to one server."""

    def __init__(self, port: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def close(self) -> None:
        self.connection.close()

    def ask(
        self, method: str, route: str, session: SignedIn | None = None, body: dict[str, str] | None = None, **query: str
    ) -> tuple[int, Any]:
        """Return the status and the JSON of the response."""
        headers = {"Authorization": f"Bearer {session.sessionid}.{session.token}"} if session else {}
        self.connection.request(method, f"/api/{route}?{urlencode(query)}", urlencode(body or {}), FORM | headers)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def call(self, method: str, route: str, session: SignedIn | None = None, **given: Any) -> tuple[int, Any]:
        """Like `ask`, but raise UnexpectedAnswerError for a server error."""
        status, answer = self.ask(method, route, session, **given)
        if status >= 500:
            raise UnexpectedAnswerError(route, status, answer)
        return status, answer

    def done(self, method: str, route: str, session: SignedIn | None = None, **given: Any) -> Any:
        """Return the JSON of a response; raise UnexpectedAnswerError unless its status is 200."""
        status, answer = self.call(method, route, session, **given)
        if status != 200:
            raise UnexpectedAnswerError(route, status, answer)
        return answer


# Each returns the sessions that it has ended
Scenario = Callable[[Access, SignedIn, Person], list[SignedIn]]


def user_set_session_ended(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    own = person.sessions[0]
    caller.done("PATCH", "user/set-session-ended", own, sessionid=own.sessionid)
    return [own]


def user_set_other_session_ended(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    own, other, *_ = person.sessions
    caller.done("PATCH", "user/set-session-ended", own, sessionid=other.sessionid)
    return [other]


def user_end_other_sessions(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    own, *others = person.sessions
    caller.done("PATCH", "user/end-other-sessions", own, accountid=person.accountid)
    return others


def user_reset_session_key(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    caller.done("PATCH", "user/reset-session-key", person.sessions[0], accountid=person.accountid)
    return person.sessions


def user_set_account_password(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    own, *others = person.sessions
    body = {"new-password": NEW_PASSWORD, "password": person.password}
    caller.done("PATCH", "user/set-account-password", own, body=body, accountid=person.accountid)
    person.password = NEW_PASSWORD
    return others


def user_reset_account_password(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    body = {"username": person.username, "new-password": NEW_PASSWORD, "secret-code": SECRET_CODE}
    caller.done("PATCH", "user/reset-account-password", body=body)
    person.password = NEW_PASSWORD
    return person.sessions


def user_set_account_deleted(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    body = {"password": person.password}
    caller.done("PATCH", "user/set-account-deleted", person.sessions[0], body=body, accountid=person.accountid)
    return person.sessions


def user_confirm_second_factor(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    own, *others = person.sessions
    body = {"factor-type": "totp", "name": "an app"}
    factor = caller.done("POST", "user/create-second-factor", own, body=body, accountid=person.accountid)
    person.factorid = factor["factorid"]
    code = {"code": pyotp.TOTP(factor["secret"]).now()}
    caller.done("PATCH", "user/confirm-second-factor", own, body=code, factorid=person.factorid)
    return others


def restore(caller: Access, administrator: SignedIn, person: Person) -> None:
    """Cancel the deletion of an account."""
    caller.done("PATCH", "administrator/reset-account-deleted", administrator, accountid=person.accountid)


def remove_second_factor(caller: Access, administrator: SignedIn, person: Person) -> None:
    """Remove the second factor, so that the password is enough to sign in again."""
    caller.done("DELETE", "user/delete-second-factor", person.sessions[0], factorid=person.factorid)


def administrator_set_session_ended(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    ended = person.sessions[0]
    caller.done("PATCH", "administrator/set-session-ended", administrator, sessionid=ended.sessionid)
    return [ended]


def administrator_reset_session_key(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    caller.done("PATCH", "administrator/reset-session-key", administrator, accountid=person.accountid)
    return person.sessions


def administrator_set_account_deleted(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    caller.done("PATCH", "administrator/set-account-deleted", administrator, accountid=person.accountid)
    return person.sessions


def administrator_delete_account(caller: Access, administrator: SignedIn, person: Person) -> list[SignedIn]:
    caller.done("DELETE", "administrator/delete-account", administrator, accountid=person.accountid)
    return person.sessions


SCENARIOS: list[Scenario] = [
    user_set_session_ended,
    user_set_other_session_ended,
    user_end_other_sessions,
    user_reset_session_key,
    user_set_account_password,
    user_reset_account_password,
    user_set_account_deleted,
    user_confirm_second_factor,
    administrator_set_session_ended,
    administrator_reset_session_key,
    administrator_set_account_deleted,
    administrator_delete_account,
]

# Requests that let a person sign in again. They revive no session.
AFTERWARDS: dict[Scenario, Callable[[Access, SignedIn, Person], None]] = {
    user_set_account_deleted: restore,
    user_confirm_second_factor: remove_second_factor,
}
