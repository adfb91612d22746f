"""Conversion of rows of a Node Dashboard, and reasons for which rows are rejected."""

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import bcrypt
import pytest
from django.contrib.auth.hashers import check_password
from hypothesis import given, strategies
from hypothesis import settings as effort

from dashboard.core.crypto.hashing import NO_KEY, Key
from node_dashboard import conversion
from node_dashboard.conversion import CONVERTERS, RowConverter, RowRejected
from tests import node

TIME = "2026-11-21 01:33:31.649 +00:00"
AT = datetime(2026, 11, 21, 1, 33, 31, 649_000, tzinfo=UTC)
ACCOUNTS = node.rows("accounts")
ROWS = {table: next(iter(node.rows(table).values())) for table in ("accounts", "profiles", "sessions", "resetCodes")}
ANYTHING = strategies.one_of(
    strategies.none(), strategies.booleans(), strategies.integers(), strategies.floats(), strategies.text(),
    strategies.binary(), strategies.datetimes(), strategies.dates(), strategies.just(TIME),
)  # fmt: skip


def converted(table: str, row: dict[str, Any], **account: Any) -> Any:
    """Convert a row whose account has these columns."""
    owner = ACCOUNTS.get(row["accountid"], {})
    accounts = {row["accountid"]: {**owner, **account}} if owner else {}
    return CONVERTERS[table](RowConverter(Key(NO_KEY).fingerprint, {}, accounts=accounts), row)


def refusal(table: str, **columns: Any) -> str:
    with pytest.raises(RowRejected) as unfit:
        converted(table, {**ROWS[table], **columns})
    return str(unfit.value)


@pytest.mark.parametrize("table", ROWS)
def test_rows_of_a_node_dashboard_are_converted(table: str) -> None:
    for row in node.rows(table).values():
        assert converted(table, row).updated_at == conversion.time(row, "updatedAt")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (TIME, AT),
        ("2026-11-21 01:33:31.649+00", AT),
        ("2026-11-21T01:33:31.649Z", AT),
        ("2026-11-21 01:33:31.649", AT),
        ("2026-11-21 02:33:31.649 +01:00", AT),
        (datetime(2026, 11, 21, 1, 33, 31, 649_000), AT),  # noqa: DTZ001  as MySQL returns it
        (datetime(2026, 11, 21, 3, 33, 31, 649_000, tzinfo=timezone(timedelta(hours=2))), AT),
    ],
)
def test_times_of_every_database(value: Any, expected: Any) -> None:
    assert conversion.time({"at": value}, "at") == expected


@pytest.mark.parametrize(
    "value",
    ["", "yesterday", "2026-02-30 01:00:00", "infinity", "12026-11-21 01:33:31+00", "0044-03-15 01:00:00+00 BC",
     "0000-00-00 00:00:00", "2026-11-21", 1_700_000_000, datetime(1, 1, 1), date(2026, 11, 21), b"2026",  # noqa: DTZ001
     "0001-01-01 00:00:00 +23:00", "9999-12-31 23:59:59 -23:00"],
)  # fmt: skip
def test_invalid_times(value: Any) -> None:
    with pytest.raises(RowRejected, match="at is not a valid time"):
        conversion.time({"at": value}, "at")


@pytest.mark.parametrize(
    ("table", "columns", "reason"),
    [
        ("accounts", {"accountid": None}, "its id is not acct_ and 16 hex digits"),
        ("accounts", {"accountid": "acct_1"}, "its id is not acct_ and 16 hex digits"),
        ("accounts", {"accountid": "sess_0123456789abcdef"}, "its id is not acct_ and 16 hex digits"),
        ("accounts", {"accountid": "acct_0123456789ABCDEF"}, "its id is not acct_ and 16 hex digits"),
        ("accounts", {"usernameHash": None}, "usernameHash is not a SHA-512 hash in hex"),
        ("accounts", {"usernameHash": "f" * 127}, "usernameHash is not a SHA-512 hash in hex"),
        ("accounts", {"passwordHash": None}, "passwordHash is not a bcrypt hash"),
        ("accounts", {"passwordHash": "5f4dcc3b5aa765d61d8327deb882cf99"}, "passwordHash is not a bcrypt hash"),
        ("accounts", {"passwordHash": "$2b$08$" + "a" * 53}, "passwordHash is not a bcrypt hash"),
        ("accounts", {"passwordHash": "$2b$99$" + "." * 53}, "passwordHash is not a bcrypt hash"),
        ("accounts", {"sessionKey": None}, "sessionKey is missing"),
        ("accounts", {"sessionKey": ""}, "sessionKey is missing"),
        ("accounts", {"sessionKey": "f" * 65}, "sessionKey is longer than 64 characters"),
        ("accounts", {"sessionKey": b"f"}, "sessionKey is not valid text"),
        ("accounts", {"sessionKeyNumber": None}, "sessionKeyNumber is not a number from 1 to 2147483647"),
        ("accounts", {"sessionKeyNumber": 0}, "sessionKeyNumber is not a number from 1 to 2147483647"),
        ("accounts", {"sessionKeyNumber": 2**31}, "sessionKeyNumber is not a number from 1 to 2147483647"),
        ("accounts", {"createdAt": None}, "createdAt is missing"),
        ("accounts", {"updatedAt": None}, "updatedAt is missing"),
        ("accounts", {"deletedAt": "soon"}, "deletedAt is not a valid time"),
        ("accounts", {"ownerSince": "long ago"}, "ownerSince is not a valid time"),
        ("profiles", {"profileid": "prof_"}, "its id is not prof_ and 16 hex digits"),
        ("profiles", {"accountid": None}, "its account None is not in the source"),
        ("profiles", {"accountid": "acct_0"}, "its account acct_0 is not in the source"),
        ("profiles", {"contactEmail": "a" * 256}, "contactEmail is longer than 255 characters"),
        ("profiles", {"fullName": "a nul \0 in it"}, "fullName is not valid text"),
        ("profiles", {"fullName": "half a \ud83d"}, "fullName is not valid text"),
        ("profiles", {"dob": "2026-02-30"}, "dob is not a valid date"),
        ("profiles", {"dob": 19700101}, "dob is not a valid date"),
        ("profiles", {"dob": "8999-01-01"}, "dob is not a valid date"),
        ("profiles", {"contactEmail": "somebody"}, "contactEmail is not an email address"),
        ("profiles", {"fullName": "Ada\nLovelace"}, "fullName is blank, or has control characters"),
        ("sessions", {"sessionid": "sess"}, "its id is not sess_ and 16 hex digits"),
        ("sessions", {"accountid": "acct_0"}, "its account acct_0 is not in the source"),
        ("sessions", {"tokenHash": "f"}, "tokenHash is not a SHA-512 hash in hex"),
        ("sessions", {"duration": None}, "duration is not a number from 1 to 2147483647"),
        ("sessions", {"duration": 0}, "duration is not a number from 1 to 2147483647"),
        ("sessions", {"duration": True}, "duration is not a number from 1 to 2147483647"),
        ("sessions", {"csrfToken": "f" * 129}, "csrfToken is longer than 128 characters"),
        ("sessions", {"endedAt": "now"}, "endedAt is not a valid time"),
        ("resetCodes", {"codeid": "code"}, "its id is not code_ and 16 hex digits"),
        ("resetCodes", {"accountid": "acct_0"}, "its account acct_0 is not in the source"),
        ("resetCodes", {"secretCodeHash": None}, "secretCodeHash is not a SHA-512 hash in hex"),
    ],
)  # fmt: skip
def test_row_is_rejected(table: str, columns: dict[str, Any], reason: str) -> None:
    assert refusal(table, **columns) == reason


@effort(max_examples=400, deadline=None)
@given(table=strategies.sampled_from(sorted(ROWS)), data=strategies.data())
def test_arbitrary_values_are_converted_or_rejected(table: str, data: Any) -> None:
    name = data.draw(strategies.sampled_from(sorted(ROWS[table].keys() - {"appid"})))
    value = data.draw(ANYTHING)
    with contextlib.suppress(RowRejected):
        record = converted(table, {**ROWS[table], name: value})
        record.clean_fields(exclude=["password", "account", "profile", "appid"])


@pytest.mark.parametrize("version", ["2a", "2b", "2y"])
def test_every_version_of_bcrypt_verifies(version: str, settings: Any) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["our key", NO_KEY]
    digest = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"  # of `password`
    made = bcrypt.hashpw(digest.encode(), bcrypt.gensalt(4).replace(b"2b", version.encode(), 1)).decode()
    account = converted("accounts", {**ROWS["accounts"], "passwordHash": made})
    assert check_password("password", account.password)
    assert not check_password("passwore", account.password)


@pytest.mark.parametrize(
    ("created", "account", "number", "ended"),
    [
        ("01:00", {"sessionKeyNumber": 1}, 1, None),
        ("01:00", {"sessionKeyNumber": 2, "sessionKeyLastResetAt": "2026-11-21 02:00:00"}, 1, "02:00"),
        ("02:00", {"sessionKeyNumber": 2, "sessionKeyLastResetAt": "2026-11-21 02:00:00"}, 1, "02:00"),
        ("02:01", {"sessionKeyNumber": 2, "sessionKeyLastResetAt": "2026-11-21 02:00:00"}, 2, None),
        ("01:00", {"sessionKeyNumber": 7, "sessionKeyLastResetAt": "2026-11-21 02:00:00"}, 6, "02:00"),
        ("01:00", {"deletedAt": "2026-11-28 01:00:00", "updatedAt": "2026-11-21 03:00:00"}, 1, "03:00"),
        ("04:00", {"deletedAt": "2026-11-28 01:00:00", "updatedAt": "2026-11-21 03:00:00"}, 1, "04:00"),
    ],
)
def test_session_depends_on_its_account(created: str, account: Any, number: int, ended: str | None) -> None:
    times = dict.fromkeys(("createdAt", "updatedAt"), f"2026-11-21 {created}:00")
    session = converted("sessions", {**ROWS["sessions"], **times}, **account)
    assert session.session_key_number == number
    assert (f"{session.ended_at:%H:%M}" if session.ended_at else None) == ended
    assert session.expires_at == session.created_at + timedelta(seconds=session.duration)


def test_session_key_reset_at_an_unknown_time() -> None:
    with pytest.raises(RowRejected, match="the time of the last reset of its account's session key is unknown"):
        converted("sessions", ROWS["sessions"], sessionKeyNumber=2)
