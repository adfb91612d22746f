"""Afterwards: is every change that was acknowledged in the database, in the events, and in what each server answers?"""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg

from benchmarks.revocation.revocation_scenarios import SignedIn
from faults.checker.callers import Caller, Target, UnansweredError
from faults.checker.record import Change, Record

DELETIONS = ("set-account-deleted", "reset-account-deleted", "delete-account")
NOT_CHANGED_AGAIN = ("create-account", "create-reset-code")
QUERIES: tuple[LiteralString, ...] = (
    "SELECT accountid, session_key_number, deleted_at FROM accounts_account WHERE accountid = ANY(%s)",
    "SELECT sessionid, session_key_number, ended_at FROM sessions_app_session WHERE account_id = ANY(%s)",
    "SELECT codeid FROM resetcodes_resetcode WHERE account_id = ANY(%s)",
    "SELECT action, accountid, count(*) FROM events_event WHERE accountid = ANY(%s) GROUP BY 1, 2",
)


@dataclass(frozen=True)
class Rows:
    """The rows that a run was about."""

    accounts: dict[str, tuple[int, datetime | None]]  # the number of its session key, when it is to be deleted
    sessions: dict[str, tuple[int, datetime | None]]  # the number of the key that it was made with, when it ended
    codes: set[str]
    events: Counter[tuple[str, str]]  # operation, account

    @classmethod
    def read(cls, database_url: str, accountids: list[str]) -> "Rows":
        with psycopg.connect(database_url) as connection:
            accounts, sessions, codes, events = (connection.execute(it, [accountids]).fetchall() for it in QUERIES)
        return cls(
            {accountid: (number, deleted) for accountid, number, deleted in accounts},
            {sessionid: (number, ended) for sessionid, number, ended in sessions},
            {codeid for (codeid,) in codes},
            Counter({(action, accountid): count for action, accountid, count in events}),
        )

    def is_ended(self, sessionid: str, accountid: str) -> bool:
        """Return whether a session has ended: by itself, with all of its account's, or with the account."""
        account, session = self.accounts.get(accountid), self.sessions.get(sessionid)
        return not (account and session) or session[1] is not None or session[0] != account[0]


def lost(record: Record, rows: Rows) -> list[str]:
    """Return the acknowledged changes that the database lacks."""
    found = [f"{change} has no row" for change in record.changes if not _is_there(change, record, rows)]
    needed = Counter((change.operation, change.accountid) for change in record.changes)
    found += [f"{event} has no event" for event, count in needed.items() if rows.events[event] < count]
    return found + [f"{change} was undone" for change in _last_deletions(record) if not _is_deleted(change, rows)]


def _is_there(change: Change, record: Record, rows: Rows) -> bool:
    if change.operation == "create-account":
        return change.accountid in rows.accounts
    if change.operation == "create-reset-code":
        return change.objectid in rows.codes
    if change.operation == "create-session":
        session = rows.sessions.get(change.objectid)
        return session is not None and (
            change.objectid not in record.live or not rows.is_ended(change.objectid, change.accountid)
        )
    return all(rows.is_ended(sessionid, change.accountid) for sessionid in change.ended)


def _last_deletions(record: Record) -> Iterator[Change]:
    """Yield the last change of each account's deletion, if it was acknowledged."""
    last = {change.accountid: change for change in record.attempts if change.operation in DELETIONS}
    tried = Counter((it.operation, it.accountid) for it in record.attempts)
    done = Counter((it.operation, it.accountid) for it in record.changes)
    for change in last.values():
        event = change.operation, change.accountid
        if done[event] == tried[event]:
            yield change


def _is_deleted(change: Change, rows: Rows) -> bool:
    account = rows.accounts.get(change.accountid)
    if change.operation == "delete-account":
        return account is None
    return account is not None and (account[1] is not None) == (change.operation == "set-account-deleted")


def lost_to_callers(record: Record, target: Target, administrator: SignedIn) -> list[str]:
    """Check all sessions as their own, and read what was made as an administrator. Return what is missing.

    A check that is wrong is noted in the record.
    """
    found = []
    with closing(Caller(target, record)) as caller:
        for session in [*(end.session for end in record.all_ended()), *record.watched()]:
            caller.check(session)
        for change in record.changes:
            if change.operation in NOT_CHANGED_AGAIN:
                name, route = ("codeid", "reset-code") if "code" in change.operation else ("accountid", "account")
                answer = _read(caller, administrator, route, name, change.objectid)
                if answer[0] != 200:
                    found.append(f"{target.name} answers {answer} for {change}")
            for sessionid in change.ended:
                status, session_read = _read(caller, administrator, "session", "sessionid", sessionid)
                if status != 404 and not (status == 200 and session_read["ended"]):
                    found.append(f"{target.name} answers {status} {session_read} for {change}")
    return found


def _read(caller: Caller, administrator: SignedIn, route: str, name: str, value: str) -> tuple[int, Any]:
    query: dict[str, Any] = {name: value}
    return caller.ask("GET", f"administrator/{route}", administrator, **query)


def verify(record: Record, targets: list[Target], administrator: SignedIn, database_url: str) -> list[str]:
    """Return what was acknowledged and is not so, in the database or on any server."""
    accountids = sorted({change.accountid for change in [*record.attempts, *record.changes]})
    found = lost(record, Rows.read(database_url, accountids))

    def ask(target: Target) -> list[str]:
        try:
            return lost_to_callers(record, target, administrator)
        except UnansweredError as error:
            return [f"{error} was not answered afterwards"]

    with ThreadPoolExecutor(len(targets)) as threads:
        for missing in threads.map(ask, targets):
            found += missing
    return found
