"""A later run marks every row that it changes, so that stale rows are not read from the cache."""

from dataclasses import dataclass
from typing import Any

import pytest

from dashboard.cache import rows as cache
from dashboard.cache.rows import row_cache
from tests import node
from tests.cache.test_marks import cached_rows
from tests.node_dashboard.further_runs import ADMINISTRATOR, LATER, OWNER, PERSON, PERSONID

ENTRY = "what the cache has of a row"
CODE = node.ACCOUNTS[5]["resetCodes"][0]["codeid"]
PROFILEID, NEW_PROFILE = PERSON["profileid"], "prof_0123456789abcdef"

SESSIONIDS = [session["sessionid"] for session in PERSON["sessions"]]


@dataclass(frozen=True)
class Change:
    """A change in the source between two runs, and the rows that the second run changes."""

    statements: list[tuple[str, *tuple[Any, ...]]]
    rowids: set[str]
    before: tuple[str, ...] = ()


SET_ADMINISTRATOR = 'update accounts set "administratorSince" = ?, "updatedAt" = ? where accountid = ?'
RESET_SESSION_KEY = """update accounts set "sessionKey" = ?, "sessionKeyNumber" = 2, "sessionKeyLastResetAt" = ?,
 "updatedAt" = ? where accountid = ?"""
SET_NAME = 'update profiles set "fullName" = ?, "updatedAt" = ? where accountid = ?'
ADD_PROFILE = 'insert into profiles (profileid, appid, accountid, "createdAt", "updatedAt") values (?, ?, ?, ?, ?)'
SET_PROFILE = 'update accounts set profileid = ?, "updatedAt" = ? where accountid = ?'
END_SESSION = 'update sessions set "endedAt" = ?, "updatedAt" = ? where sessionid = ?'
SET_OWNER = 'update accounts set "ownerSince" = ? where accountid = ?'  # keeps updated_at
DELETE_PROFILE, DELETE_CODE = "delete from profiles where profileid = ?", "delete from resetCodes where codeid = ?"

CHANGES = {
    "account": Change([(SET_ADMINISTRATOR, LATER, LATER, PERSONID)], {PERSONID}),
    "session key": Change([(RESET_SESSION_KEY, "f" * 64, LATER, LATER, PERSONID)], {PERSONID, *SESSIONIDS}),
    "profile": Change([(SET_NAME, "New", LATER, PERSONID)], {PROFILEID}),
    "default profile": Change(
        [
            (DELETE_PROFILE, PROFILEID),
            (ADD_PROFILE, NEW_PROFILE, node.KNOWN["appid"], PERSONID, LATER, LATER),
            (SET_PROFILE, NEW_PROFILE, LATER, PERSONID),
        ],
        {PERSONID, PROFILEID},
    ),
    "default profile that could not be taken": Change(
        [(SET_NAME, "Short enough", LATER, PERSONID)],
        {PERSONID},
        before=(SET_NAME, "Too long" * 100, LATER, PERSONID),
    ),
    "ended session": Change([(END_SESSION, LATER, LATER, SESSIONIDS[0])], {SESSIONIDS[0]}),
    "spent reset code": Change([(DELETE_CODE, CODE)], {CODE}),
    "account that is gone": Change(
        [(f"delete from {table} where accountid = ?", PERSONID) for table in ("accounts", "profiles", "sessions")],
        {PERSONID, PROFILEID, *SESSIONIDS},
    ),
    "ownership": Change(
        [(SET_OWNER, None, OWNER["accountid"]), (SET_OWNER, LATER, ADMINISTRATOR["accountid"])],
        {OWNER["accountid"], ADMINISTRATOR["accountid"]},
    ),
}


class Store(dict[str, Any]):
    """A store with an entry for every row."""

    def set_many(self, values: dict[str, Any], timeout: float) -> None:
        assert timeout == cache.DIRTY_SECONDS
        self.update(values)

    def fill(self, keys: Any) -> None:
        self.update(dict.fromkeys(keys, ENTRY))

    def dirty(self) -> set[str]:
        return {key for key, value in self.items() if value == cache.DIRTY}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    store = Store()
    monkeypatch.setattr(row_cache, "store", store)
    return store


@pytest.mark.parametrize("name", CHANGES)
def test_changed_rows_are_marked_before_and_after_the_commit(
    name: str, original: Any, store: Store, db: None, django_capture_on_commit_callbacks: Any
) -> None:
    change = CHANGES[name]
    if change.before:
        original.change(*change.before)
    original.import_()
    before = cached_rows()
    for statement in change.statements:
        original.change(*statement)
    store.clear()
    store.fill(before)
    with django_capture_on_commit_callbacks() as after_commit:
        original.import_()
    after = cached_rows()
    changed = {key for key, row in before.items() if after.get(key) != row}
    assert {key.rpartition(":")[2] for key in changed} == change.rowids
    assert changed <= store.dirty()
    store.fill(before)
    for callback in after_commit:
        callback()
    assert changed <= store.dirty()


def test_run_that_changes_nothing_marks_nothing(original: Any, store: Store, db: None) -> None:
    original.import_()
    store.clear()
    store.fill(cached_rows())
    original.import_()
    assert store.dirty() == set()
