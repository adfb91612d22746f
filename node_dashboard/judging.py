"""Whether a row of a Node Dashboard can be taken, and what it is here: a model instance, or the reason why not.

Nothing is cut, guessed or mended that somebody would have to be told about afterwards.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from accounts.models import Account, Profile
from accounts.profile_fields import MAX_LENGTH, day
from dashboard.models import ID_PATTERN, Record
from node_dashboard.source import Row
from resetcodes.models import ResetCode
from sessions_app.models import Session, new_csrf_token

YEARS = range(1970, 9001)
LARGEST_INTEGER = 2_147_483_647
DIGEST_FORM = re.compile(r"[0-9a-f]{128}")
# The last letter of salt and of hash has bits to spare, which are 0 in whatever bcrypt itself has made.
BCRYPT_FORM = re.compile(
    r"\$2[aby]\$(0[4-9]|[12][0-9]|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}[.CGKOSWaeimquy26]"
)
TIME_FORM = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,6})?) ?(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII)
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


class UnfitError(Exception):
    """Why a row cannot be taken, as words that follow its id."""


@dataclass
class Judge:
    """What judging a row takes besides the row.

    `fingerprint` names the key that the source's password hashes were made with, see keys.py. `refused` has the
    accounts that were not taken, `changing` those whose change is taken, and `accounts` the source's rows of those
    whose profiles, sessions or reset codes are judged.
    """

    fingerprint: str
    shared_usernames: dict[str, str]
    refused: set[str] = field(default_factory=set)
    changing: set[str] = field(default_factory=set)
    accounts: dict[str, Row] = field(default_factory=dict)

    def account(self, row: Row) -> Account:
        """Without ownership, which is given when all accounts are there; its default profile may not be there yet."""
        accountid, username_hash = identifier(row, "accountid", "acct"), digest(row, "usernameHash")
        if self.shared_usernames.get(username_hash, accountid) != accountid:
            raise UnfitError(f"its username is also that of {self.shared_usernames[username_hash]}")
        password = row["passwordHash"]
        if not isinstance(password, str) or not BCRYPT_FORM.fullmatch(password):
            raise UnfitError("passwordHash is no bcrypt hash")
        times = {name: time(row, source) for name, source in ACCOUNT_TIMES.items()}
        owner_since = time(row, "ownerSince")
        times["administrator_since"] = times["administrator_since"] or owner_since
        return Account(
            accountid=accountid,
            username_hash=username_hash,
            password=f"dashboard_bcrypt${self.fingerprint}{password}",
            session_key=words(row, "sessionKey", 64) or _missing("sessionKey"),
            session_key_number=number(row, "sessionKeyNumber", 1),
            profile_id=row["profileid"] if is_id(row["profileid"], "prof") else None,
            **times,
            **made(row),
        )

    def profile(self, row: Row) -> Profile:
        profileid = identifier(row, "profileid", "prof")
        account = self._account_of(row)
        texts = {name: words(row, source, MAX_LENGTH) for name, source in PROFILE_TEXTS.items()}
        return Profile(profileid=profileid, account_id=account["accountid"], dob=birthday(row), **texts, **made(row))

    def session(self, row: Row) -> Session:
        sessionid, token_hash = identifier(row, "sessionid", "sess"), digest(row, "tokenHash")
        account, times = self._account_of(row), made(row)
        duration, verified = number(row, "duration", 1), time(row, "lastVerifiedAt") or times["created_at"]
        return Session(
            sessionid=sessionid,
            account_id=account["accountid"],
            token_hash=token_hash,
            csrf_token=words(row, "csrfToken", 128) or new_csrf_token(),
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
            **made(row),
        )

    def _account_of(self, row: Row) -> Row:
        accountid = row["accountid"]
        if accountid not in self.accounts:
            raise UnfitError(f"its account {accountid} is not in the source")
        if accountid in self.refused:
            raise UnfitError(f"its account {accountid} is not taken")
        return self.accounts[accountid]


JUDGED: dict[str, Callable[[Judge, Row], Record]] = {
    "accounts": Judge.account,
    "profiles": Judge.profile,
    "sessions": Judge.session,
    "resetCodes": Judge.reset_code,
}


def session_key_number(created: datetime, account: Row) -> int:
    """The number of the account's session key when the session was created: the source does not keep it.

    Of keys that were reset more than once, only the last time is known; any other number but today's does as well.
    """
    today, reset = number(account, "sessionKeyNumber", 1), time(account, "sessionKeyLastResetAt")
    if today > 1 and reset is None:
        raise UnfitError("nobody knows whether it outlived the last reset of its account's session key")
    return today - 1 if reset and created <= reset else today


def ended_by_account(created: datetime, account: Row) -> datetime | None:
    """When a reset of the account's session key or its scheduling for deletion ended a session, as they do here.

    When the deletion was scheduled is not kept: it was before the account was last changed.
    """
    reset = time(account, "sessionKeyLastResetAt")
    if reset and created <= reset:
        return reset
    if time(account, "deletedAt"):
        return max(created, time(account, "updatedAt") or created)
    return None


def made(row: Row) -> dict[str, datetime]:
    """When a row was created and last changed."""
    created, updated = time(row, "createdAt"), time(row, "updatedAt")
    return {"created_at": created or _missing("createdAt"), "updated_at": updated or _missing("updatedAt")}


def identifier(row: Row, name: str, prefix: str) -> str:
    if not is_id(row[name], prefix):
        raise UnfitError(f"its id is not {prefix}_ and 16 hex digits")
    return str(row[name])


def is_id(value: Any, prefix: str) -> bool:
    """Whether it can be an id here: the prefix and 16 hex digits."""
    return isinstance(value, str) and bool(ID_PATTERN.fullmatch(value)) and value.startswith(f"{prefix}_")


def digest(row: Row, name: str) -> str:
    value = row[name]
    if not isinstance(value, str) or not DIGEST_FORM.fullmatch(value):
        raise UnfitError(f"{name} is no SHA-512 in hex")
    return value


def words(row: Row, name: str, longest: int) -> str:
    """Text of at most this many characters; empty where there is none."""
    value = row[name]
    if value is None:
        return ""
    if not isinstance(value, str) or not _is_storable(value):
        raise UnfitError(f"{name} is no text")
    if len(value) > longest:
        raise UnfitError(f"{name} is longer than {longest} characters")
    return value


def _is_storable(value: str) -> bool:
    """PostgreSQL stores no NUL, and UTF-8 no half of a surrogate pair."""
    return "\0" not in value and not re.search(r"[\ud800-\udfff]", value)


def number(row: Row, name: str, least: int) -> int:
    value = row[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST_INTEGER:
        raise UnfitError(f"{name} is no number from {least} to {LARGEST_INTEGER}")
    return value


def time(row: Row, name: str) -> datetime | None:
    """A time as SQLite and PostgreSQL (text) and MySQL (in UTC, without a zone) give it; None where there is none."""
    value = row[name]
    if value is None:
        return None
    found = value if isinstance(value, datetime) else _parsed(value)
    if found is None or found.year not in YEARS:
        raise UnfitError(f"{name} is no time")
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _parsed(value: Any) -> datetime | None:
    parts = TIME_FORM.fullmatch(value) if isinstance(value, str) else None
    try:
        return datetime.fromisoformat(f"{parts[1]} {parts[2]}{parts[3] or ''}") if parts else None
    except ValueError:
        return None


def birthday(row: Row) -> date | None:
    value = row["dob"]
    if value is None or value == "":
        return None
    found = day(value) if isinstance(value, str) else value
    if type(found) is not date or found.year not in range(1, 9001):
        raise UnfitError("dob is no day")
    return found


def has_other_fields(row: Row) -> bool:
    """Whether a profile has fields of the application's own, for which there is no place here."""
    return row["fields"] not in EMPTY


def _missing(name: str) -> Any:
    raise UnfitError(f"{name} is missing")
