"""Converts rows of a Node Dashboard to model instances, or gives the reason why a row is rejected.

Values are never truncated, guessed or repaired.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import Account, Profile
from accounts.profile_fields import MAX_LENGTH, day, email, is_future, text
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN, Record
from node_dashboard.source import Row
from resetcodes.models import ResetCode
from sessions_app.models import Session, new_csrf_token

YEARS = range(1970, 9001)
MAX_INTEGER = 2_147_483_647
DIGEST_PATTERN = re.compile(r"[0-9a-f]{128}")
# The last letters of salt and hash have unused bits, which are 0 in every hash that bcrypt makes.
BCRYPT_PATTERN = re.compile(
    r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]"
)
TIME_PATTERN = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?) ?(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
EMPTY: tuple[Any, ...] = (None, "", "null", "{}", "[]", {}, [])

PROFILE_TEXTS = {
    "full_name": "fullName",
    "contact_email": "contactEmail",
    "display_name": "displayName",
    "display_email": "displayEmail",
    "phone": "phone",
    "occupation": "occupation",
    "location": "location",
    "company_name": "companyName",
    "website": "website",
}
EMAILS = ("contactEmail", "displayEmail")
ACCOUNT_TIMES = {
    "session_key_last_reset_at": "sessionKeyLastResetAt",
    "last_signed_in_at": "lastSignedInAt",
    "administrator_since": "administratorSince",
    "username_last_changed_at": "usernameLastChangedAt",
    "password_last_changed_at": "passwordLastChangedAt",
    "reset_code_last_created_at": "resetCodeLastCreatedAt",
    "reset_code_last_used_at": "resetCodeLastUsedAt",
    "deleted_at": "deletedAt",
}


class RowRejected(Exception):  # noqa: N818  an expected outcome of conversion
    """A row cannot be imported. The message is a phrase that follows the id of the row."""


@dataclass
class RowConverter:
    """Converts rows, with what it takes besides the row.

    `fingerprint` identifies the key of the source's password hashes: see dashboard/core/crypto/hashing.py.
    `shared_usernames` has the accountid that keeps a username hash that several accounts have. `rejected` has the
    accounts that were not imported, `changing` those that this run changes, and `accounts` the source rows of the
    accounts to which the rows of the current batch belong.
    """

    fingerprint: str
    shared_usernames: dict[str, str]
    rejected: set[str] = field(default_factory=set)
    changing: set[str] = field(default_factory=set)
    accounts: dict[str, Row] = field(default_factory=dict)

    def account(self, row: Row) -> Account:
        """Convert an account, without ownership. Its default profile may not have been imported yet."""
        accountid, username_hash = identifier(row, "accountid", "acct"), digest(row, "usernameHash")
        if self.shared_usernames.get(username_hash, accountid) != accountid:
            raise RowRejected(f"its username is also that of {self.shared_usernames[username_hash]}")
        password = row["passwordHash"]
        if not isinstance(password, str) or not BCRYPT_PATTERN.fullmatch(password):
            raise RowRejected("passwordHash is not a bcrypt hash")
        times = {name: time(row, source) for name, source in ACCOUNT_TIMES.items()}
        owner_since = time(row, "ownerSince")
        times["administrator_since"] = times["administrator_since"] or owner_since
        return Account(
            accountid=accountid,
            username_hash=username_hash,
            password=f"dashboard_bcrypt${self.fingerprint}{password}",
            session_key=bounded_text(row, "sessionKey", 64) or _missing("sessionKey"),
            session_key_number=integer(row, "sessionKeyNumber", 1),
            profile_id=row["profileid"] if is_id(row["profileid"], "prof") else None,
            **times,
            **timestamps(row),
        )

    def profile(self, row: Row) -> Profile:
        profileid = identifier(row, "profileid", "prof")
        account = self._account_of(row)
        texts = {name: profile_text(row, source) for name, source in PROFILE_TEXTS.items()}
        return Profile(
            profileid=profileid, account_id=account["accountid"], dob=date_of_birth(row), **texts, **timestamps(row)
        )

    def session(self, row: Row) -> Session:
        sessionid, token_hash = identifier(row, "sessionid", "sess"), digest(row, "tokenHash")
        account, times = self._account_of(row), timestamps(row)
        duration, verified = integer(row, "duration", 1), time(row, "lastVerifiedAt") or times["created_at"]
        return Session(
            sessionid=sessionid,
            account_id=account["accountid"],
            token_hash=token_hash,
            csrf_token=bounded_text(row, "csrfToken", 128) or new_csrf_token(),
            session_key_number=session_key_number(times["created_at"], account),
            duration=duration,
            expires_at=times["created_at"] + timedelta(seconds=duration),
            last_verified_at=verified,
            last_seen_at=verified,
            ended_at=time(row, "endedAt") or ended_by_account(times["created_at"], account),
            **times,
        )

    def reset_code(self, row: Row) -> ResetCode:
        return ResetCode(
            codeid=identifier(row, "codeid", "code"),
            account_id=self._account_of(row)["accountid"],
            secret_code_hash=digest(row, "secretCodeHash"),
            **timestamps(row),
        )

    def _account_of(self, row: Row) -> Row:
        accountid = row["accountid"]
        if accountid not in self.accounts:
            raise RowRejected(f"its account {accountid} is not in the source")
        if accountid in self.rejected:
            raise RowRejected(f"its account {accountid} was rejected")
        return self.accounts[accountid]


CONVERTERS: dict[str, Callable[[RowConverter, Row], Record]] = {
    "accounts": RowConverter.account,
    "profiles": RowConverter.profile,
    "sessions": RowConverter.session,
    "resetCodes": RowConverter.reset_code,
}


def session_key_number(created: datetime, account: Row) -> int:
    """Return the number of the account's session key when the session was created, which the source does not store.

    Only the last reset is known. For a session of any earlier key, every number but the current one works.
    """
    current, reset = integer(account, "sessionKeyNumber", 1), time(account, "sessionKeyLastResetAt")
    if current > 1 and reset is None:
        raise RowRejected("the time of the last reset of its account's session key is unknown")
    return current - 1 if reset and created <= reset else current


def ended_by_account(created: datetime, account: Row) -> datetime | None:
    """Return when a reset of the account's session key, or its scheduled deletion, ended a session.

    The source does not store when the deletion was scheduled; it was not after the last change of the account.
    """
    reset = time(account, "sessionKeyLastResetAt")
    if reset and created <= reset:
        return reset
    if time(account, "deletedAt"):
        return max(created, time(account, "updatedAt") or created)
    return None


def timestamps(row: Row) -> dict[str, datetime]:
    """Return when a row was created and last changed."""
    created, updated = time(row, "createdAt"), time(row, "updatedAt")
    return {"created_at": created or _missing("createdAt"), "updated_at": updated or _missing("updatedAt")}


def identifier(row: Row, name: str, prefix: str) -> str:
    if not is_id(row[name], prefix):
        raise RowRejected(f"its id is not {prefix}_ and 16 hex digits")
    return str(row[name])


def is_id(value: Any, prefix: str) -> bool:
    """Return whether a value has the form of an id: the prefix and 16 hex digits."""
    return isinstance(value, str) and bool(ID_PATTERN.fullmatch(value)) and value.startswith(f"{prefix}_")


def digest(row: Row, name: str) -> str:
    value = row[name]
    if not isinstance(value, str) or not DIGEST_PATTERN.fullmatch(value):
        raise RowRejected(f"{name} is not a SHA-512 hash in hex")
    return value


def bounded_text(row: Row, name: str, max_length: int) -> str:
    """Return a text, or an empty string for a null. Raise RowRejected if it is longer than `max_length`."""
    value = row[name]
    if value is None:
        return ""
    if not isinstance(value, str) or not is_storable(value):
        raise RowRejected(f"{name} is not valid text")
    if len(value) > max_length:
        raise RowRejected(f"{name} is longer than {max_length} characters")
    return value


def profile_text(row: Row, name: str) -> str:
    """Return a text that a profile can have, or an empty string. Raise RowRejected for what the API refuses."""
    value = bounded_text(row, name, MAX_LENGTH)
    if value and name in EMAILS and email(value) is None:
        raise RowRejected(f"{name} is not an email address")
    if value and text(value) is None:
        raise RowRejected(f"{name} is blank, or has control characters")
    return value


def integer(row: Row, name: str, minimum: int) -> int:
    value = row[name]
    if not isinstance(value, int) or isinstance(value, bool) or not minimum <= value <= MAX_INTEGER:
        raise RowRejected(f"{name} is not a number from {minimum} to {MAX_INTEGER}")
    return value


def time(row: Row, name: str) -> datetime | None:
    """Return an aware time, or None for a null. SQLite and PostgreSQL return text, MySQL a naive time in UTC."""
    value = row[name]
    if value is None:
        return None
    found = value if isinstance(value, datetime) else _parsed(value)
    if found is None or found.year not in YEARS:
        raise RowRejected(f"{name} is not a valid time")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _parsed(value: Any) -> datetime | None:
    parts = TIME_PATTERN.fullmatch(value) if isinstance(value, str) else None
    try:
        return datetime.fromisoformat(f"{parts[1]} {parts[2]}{parts[3] or ''}") if parts else None
    except ValueError:
        return None


def date_of_birth(row: Row) -> date | None:
    value = row["dob"]
    if value is None or value == "":
        return None
    found = day(value) if isinstance(value, str) else value
    if type(found) is not date or found.year not in range(1, 9001) or is_future(found):
        raise RowRejected("dob is not a valid date")
    return found


def has_other_fields(row: Row) -> bool:
    """Return whether a profile has custom fields of the application, which are not imported."""
    return row["fields"] not in EMPTY


def _missing(name: str) -> Any:
    raise RowRejected(f"{name} is missing")
