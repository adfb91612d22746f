"""Clients that change something: they end sessions in every way, register, sign in and make reset codes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from secrets import token_hex
from time import monotonic
from typing import Any

from benchmarks.revocation.revocation_scenarios import (
    AFTERWARDS,
    PASSWORD,
    Person,
    Scenario,
    SignedIn,
    administrator_delete_account,
    administrator_set_account_deleted,
    remove_second_factor,
    restore,
)
from faults.checker.callers import Caller
from faults.checker.record import Change

FOR_GOOD = (administrator_set_account_deleted, administrator_delete_account)  # nobody signs in afterwards
AFTERWARDS_OPERATIONS: dict[Callable[..., None], str] = {
    restore: "reset-account-deleted",
    remove_second_factor: "delete-second-factor",
}


def operation(scenario: Scenario) -> str:
    """Return the name of the event that a scenario records."""
    name = scenario.__name__.removeprefix("user_").removeprefix("administrator_").replace("_", "-")
    return "set-session-ended" if name == "set-other-session-ended" else name


def revoke(caller: Caller, scenario: Scenario, administrator: SignedIn, person: Person) -> None:
    """End some of a person's sessions, and sign in again. Raises UnansweredError, UnexpectedAnswerError."""
    record, before = caller.record, list(person.sessions)
    with _change(caller, operation(scenario), person.accountid) as made:
        record.forget(before)
        ended = scenario(caller, administrator, person)
        record.end(ended, monotonic())
        record.watch(session for session in before if session not in ended)
        made["ended"] = tuple(session.sessionid for session in ended)
    if after := AFTERWARDS.get(scenario):
        with _change(caller, AFTERWARDS_OPERATIONS[after], person.accountid):
            after(caller, administrator, person)
    if scenario not in FOR_GOOD:
        sign_in(caller, person.username, person.password, person.accountid)


def register(caller: Caller) -> None:
    """Register, end sessions in two ways, cancel the deletion of the account, sign in, and make a reset code.

    Raises UnansweredError, UnexpectedAnswerError.
    """
    who = {"username": f"newcomer-{token_hex(8)}", "password": PASSWORD}
    with _change(caller, "create-account", "") as made:
        account = made["accountid"] = made["objectid"] = _done(caller, "POST", "create-account", body=who)["accountid"]
    first, second = (sign_in(caller, who["username"], PASSWORD, account) for _ in range(2))
    with _ending(caller, "set-session-ended", account, second):
        _done(caller, "PATCH", "set-session-ended", first, sessionid=second.sessionid)
    with _ending(caller, "set-account-deleted", account, first):
        _done(caller, "PATCH", "set-account-deleted", first, body={"password": PASSWORD}, accountid=account)
    with _change(caller, "reset-account-deleted", account):
        _done(caller, "PATCH", "reset-account-deleted", body=who)
    last = sign_in(caller, who["username"], PASSWORD, account)
    with _change(caller, "create-reset-code", account) as made:
        code = {"secret-code": f"code{token_hex(8)}"}
        made["objectid"] = _done(caller, "POST", "create-reset-code", last, body=code, accountid=account)["codeid"]


def sign_in(caller: Caller, username: str, password: str, accountid: str) -> SignedIn:
    with _change(caller, "create-session", accountid) as made:
        answer = _done(caller, "POST", "create-session", body={"username": username, "password": password})
        session = SignedIn(answer["sessionid"], answer["token"], accountid)
        made["objectid"] = session.sessionid
        caller.record.watch([session])
    return session


def _done(caller: Caller, method: str, route: str, session: SignedIn | None = None, **given: Any) -> Any:
    return caller.done(method, f"user/{route}", session, **given)


@contextmanager
def _change(caller: Caller, operation: str, accountid: str) -> Iterator[dict[str, Any]]:
    """Note that a change is tried, and that it is acknowledged if the block returns. The block says what it made."""
    made: dict[str, Any] = {"accountid": accountid}
    caller.record.attempts.append(Change(operation, accountid))
    yield made
    caller.record.changes.append(Change(operation, **made))


@contextmanager
def _ending(caller: Caller, operation: str, accountid: str, session: SignedIn) -> Iterator[None]:
    """Note a change that ends a session."""
    with _change(caller, operation, accountid) as made:
        caller.record.forget([session])
        yield
        caller.record.end([session], monotonic())
        made["ended"] = (session.sessionid,)
