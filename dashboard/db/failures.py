"""What is wrong with a database that cannot be opened or used, in one sentence, and what to do about it."""

import re
from dataclasses import dataclass
from pathlib import Path

from django.db import Error, connection

from dashboard.db.availability import is_connection_error, is_delay, is_shortage, sqlite_code

CREDENTIALS = (
    "Correct the user and the password in DATABASE_URL, where characters such as @ / # % must be percent-encoded."
)
SERVER = "Start the server, or correct the host and the port in DATABASE_URL."
HOST = "Correct the host in DATABASE_URL. In a password, characters such as @ / # % must be percent-encoded."
NOT_WRITABLE = "Give this user the right to write the file and its folder, or name another in DATABASE_URL or DATA_DIR."
POOLING = "Add ?pooling=transaction to DATABASE_URL: docs/operations.md says what else a pooler needs."
LOCKED = "Try again. If it happens again, find out which transaction holds a lock."
POSTGRESQL_REMEDIES = {
    r"unsupported startup parameter|pooling=transaction": POOLING,
    r"pooler opens connections with the time zone": "Set it in the pooler, or for the role: docs/operations.md.",
    r'database ".*" does not exist': "Create it with createdb, or correct its name in DATABASE_URL.",
    r'role ".*" does not exist|authentication failed|no password supplied|no pg_hba\.conf entry': CREDENTIALS,
    r"resolve host|translate host name": HOST,
    r"too many clients|connection slots": "Set fewer WORKERS, or a higher max_connections in PostgreSQL.",
    r"read-only transaction": "Name the primary in DATABASE_URL. target_session_attrs=read-write finds it.",
    r"No space left": "Free some space on the disk of PostgreSQL.",
    r"(statement|lock|transaction) timeout|deadlock|could not serialize": LOCKED,
    r"no answer within": "Try again in a moment, or find out why the server hangs.",
    r"starting up|shutting down|recovery mode": "Try again in a moment.",
    r"connection option|bad value for|invalid port|invalid \w+ value": "Correct the options in DATABASE_URL.",
}
OF_A_POOLER = re.compile(r"unsupported startup parameter|connection pooler")
WRONG_OPTION = re.compile(r"invalid connection option|^bad value for ")
SQLITE_REMEDIES = {
    "SQLITE_READONLY": NOT_WRITABLE,
    "SQLITE_NOTADB": "Name an SQLite file in DATABASE_URL, or a new one.",
    "SQLITE_CORRUPT": "Restore the file from a backup.",
    "SQLITE_FULL": "Free some space.",
    "SQLITE_IOERR": "Check the disk, and that this user may write the file and its folder.",
}


@dataclass(frozen=True)
class Explanation:
    """Why the database cannot be used, without a full stop, and a sentence on what to do about it.

    `is_of_settings`: it will not pass by itself, and concerns the person who set up the server.
    """

    reason: str
    remedy: str
    is_of_settings: bool = False

    def __str__(self) -> str:
        return f"The database cannot be used: {self.reason}. {self.remedy}"


def explain(error: Error) -> Explanation | None:
    """Explain an error of a database that cannot be used, or return None if a statement is at fault.

    Neither text contains a password or a line break.
    """
    if code := sqlite_code(error):
        return _explain_sqlite(error, code)
    reason = str(error).strip().partition("\n")[0].rstrip(".")
    if is_connection_error(error) or is_shortage(error) or is_delay(error) or WRONG_OPTION.search(reason):
        return Explanation(reason, _remedy(reason), bool(OF_A_POOLER.search(reason)))
    return None


def _remedy(reason: str) -> str:
    return next((it for pattern, it in POSTGRESQL_REMEDIES.items() if re.search(pattern, reason)), SERVER)


def _explain_sqlite(error: Error, code: str) -> Explanation | None:
    path = Path(connection.settings_dict["NAME"])
    if code == "SQLITE_CANTOPEN":
        return Explanation(f"{path} cannot be opened", _sqlite_remedy(path))
    if code in SQLITE_REMEDIES:
        return Explanation(f"{path}: {error}", SQLITE_REMEDIES[code])
    return None


def _sqlite_remedy(path: Path) -> str:
    if path.is_dir():
        return "It is a folder: name a file in DATABASE_URL."
    if not path.parent.is_dir():
        return "Create its folder, or correct DATABASE_URL or DATA_DIR."
    return NOT_WRITABLE
