"""What PostgreSQL does for a statement of a migration: which lock it takes, and whether it scans the rows.

From https://www.postgresql.org/docs/current/explicit-locking.html and sql-altertable.html. Only the statements that
Django and the operations of `dashboard.db.migrations` write are recognised.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum


class Lock(StrEnum):
    """Modes of locks on a table, the strongest first."""

    ACCESS_EXCLUSIVE = "ACCESS EXCLUSIVE"  # keeps readers and writers out
    SHARE_ROW_EXCLUSIVE = "SHARE ROW EXCLUSIVE"  # keeps writers out
    SHARE = "SHARE"  # keeps writers out
    SHARE_UPDATE_EXCLUSIVE = "SHARE UPDATE EXCLUSIVE"
    ROW_EXCLUSIVE = "ROW EXCLUSIVE"
    ROW_SHARE = "ROW SHARE"

    @property
    def keeps_out(self) -> str:
        """Who waits for a transaction that has the lock."""
        if self is Lock.ACCESS_EXCLUSIVE:
            return "readers and writers"
        return "writers" if self in (Lock.SHARE_ROW_EXCLUSIVE, Lock.SHARE) else ""


class Work(StrEnum):
    """What is done with the rows of a table."""

    NOTHING = "nothing"
    SCAN = "scan"
    INDEX = "index"
    CONCURRENT_INDEX = "concurrent index"
    REWRITE = "rewrite"
    UNKNOWN = "unknown"  # its form does not tell which rows it concerns


@dataclass(frozen=True)
class Effect:
    """What a statement does to one table. `table` is empty where its form does not tell."""

    statement: str
    table: str
    lock: Lock | None
    work: Work = Work.NOTHING


@dataclass(frozen=True)
class ForeignKey:
    """A foreign key that exists. To drop it locks both tables."""

    name: str
    table: str
    column: str
    referenced: str


@dataclass(frozen=True)
class Relations:
    """What statements refer to without naming a table: the table of each index, and foreign keys."""

    index_tables: dict[str, str] = field(default_factory=dict)
    foreign_keys: tuple[ForeignKey, ...] = ()


# Beginnings of statements that lock no table that is in use, or take a lock of no importance.
IGNORED = re.compile(
    r"--|BEGIN|COMMIT|SET CONSTRAINTS|CREATE TABLE|COMMENT ON|CREATE (OR REPLACE )?FUNCTION", re.IGNORECASE
)
VOLATILE = r"\b(?:gen_random_uuid|random|clock_timestamp|timeofday|nextval)\b"
TABLE = r'(?:IF EXISTS )?(?:ONLY )?"?(\w+)"?'
FORMS = [
    (rf"CREATE (?:UNIQUE )?INDEX CONCURRENTLY .*? ON {TABLE}", Lock.SHARE_UPDATE_EXCLUSIVE, Work.CONCURRENT_INDEX),
    (rf"CREATE (?:UNIQUE )?INDEX .*? ON {TABLE}", Lock.SHARE, Work.INDEX),
    (rf"DROP TABLE {TABLE}", Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (rf"CREATE TRIGGER .*? ON {TABLE}", Lock.SHARE_ROW_EXCLUSIVE, Work.NOTHING),
    (rf"DROP TRIGGER .*? ON {TABLE}", Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (rf"ANALYZE {TABLE}", Lock.SHARE_UPDATE_EXCLUSIVE, Work.NOTHING),
    (rf"(?:INSERT INTO|UPDATE|DELETE FROM) {TABLE}", Lock.ROW_EXCLUSIVE, Work.UNKNOWN),
]
# Of ALTER TABLE. The first that is found in a subcommand counts.
SUBCOMMANDS = [
    (r"VALIDATE CONSTRAINT", Lock.SHARE_UPDATE_EXCLUSIVE, Work.SCAN),
    (r"ADD COLUMN .* GENERATED ALWAYS", Lock.ACCESS_EXCLUSIVE, Work.REWRITE),
    (rf"ADD COLUMN .* DEFAULT .*{VOLATILE}", Lock.ACCESS_EXCLUSIVE, Work.REWRITE),
    (r"ADD COLUMN .* (?:UNIQUE|PRIMARY KEY)", Lock.ACCESS_EXCLUSIVE, Work.INDEX),
    (r"ADD COLUMN", Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (r"ADD CONSTRAINT .* FOREIGN KEY .* NOT VALID", Lock.SHARE_ROW_EXCLUSIVE, Work.NOTHING),
    (r"ADD CONSTRAINT .* FOREIGN KEY", Lock.SHARE_ROW_EXCLUSIVE, Work.SCAN),
    (r"ADD CONSTRAINT .* CHECK .* NOT VALID", Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (r"ADD CONSTRAINT .* CHECK", Lock.ACCESS_EXCLUSIVE, Work.SCAN),
    (r"ADD CONSTRAINT .* (?:UNIQUE|PRIMARY KEY|EXCLUDE)", Lock.ACCESS_EXCLUSIVE, Work.INDEX),
    (r"ALTER COLUMN .* SET NOT NULL", Lock.ACCESS_EXCLUSIVE, Work.SCAN),
    (r"ALTER COLUMN \S+ (?:SET DATA )?TYPE", Lock.ACCESS_EXCLUSIVE, Work.REWRITE),
    (r"ALTER COLUMN .* (?:SET|RESET) \(|SET STATISTICS", Lock.SHARE_UPDATE_EXCLUSIVE, Work.NOTHING),
    (r"ALTER COLUMN|DROP|RENAME|ALTER CONSTRAINT", Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
]
REFERENCES = re.compile(r'REFERENCES "?(\w+)"?', re.IGNORECASE)
DROPPED_INDEX = re.compile(r'DROP INDEX (CONCURRENTLY )?(?:IF EXISTS )?"?(\w+)"?', re.IGNORECASE)
ALTERED = re.compile(rf"ALTER TABLE {TABLE} (.*)", re.IGNORECASE)
DROPPED = re.compile(r'DROP (?:CONSTRAINT|COLUMN) (?:IF EXISTS )?"?(\w+)"?', re.IGNORECASE)
DROPPED_TABLE = re.compile(rf"DROP TABLE {TABLE}", re.IGNORECASE)
PARTS = re.compile(r", (?=(?:ADD|DROP|ALTER|VALIDATE) )")


def effects(statement: str, relations: Relations) -> Iterator[Effect]:
    """Yield what a statement does to each table."""
    text = " ".join(statement.split())
    if not text or IGNORED.match(text):
        return
    if altered := ALTERED.match(text):
        yield from _altered(altered[1], altered[2])
    elif dropped := DROPPED_INDEX.match(text):
        if table := relations.index_tables.get(dropped[2], ""):
            lock = Lock.SHARE_UPDATE_EXCLUSIVE if dropped[1] else Lock.ACCESS_EXCLUSIVE
            yield Effect(f"DROP INDEX {dropped[2]}", table, lock)
    else:
        yield _other(text)
    yield from _dropped_keys(text, relations)


def _altered(table: str, subcommands: str) -> Iterator[Effect]:
    """Yield the effects of the subcommands of an ALTER TABLE, whose locks it holds from its beginning."""
    for part in PARTS.split(subcommands):
        lock, work = next(
            ((lock, work) for form, lock, work in SUBCOMMANDS if re.match(form, part, re.IGNORECASE)),
            (Lock.ACCESS_EXCLUSIVE, Work.UNKNOWN),
        )
        yield Effect(_shortened(part), table, lock, work)
        for referenced in REFERENCES.findall(part):
            yield Effect(_shortened(part), referenced, Lock.SHARE_ROW_EXCLUSIVE)


def _dropped_keys(text: str, relations: Relations) -> Iterator[Effect]:
    """Yield the locks of tables referenced by foreign keys that are dropped along with what is dropped."""
    table, dropped = DROPPED_TABLE.match(text), set(DROPPED.findall(text))
    altered = ALTERED.match(text)
    for key in relations.foreign_keys:
        goes_with_column = altered and altered[1] == key.table and {key.name, key.column} & dropped
        if goes_with_column or (table and table[1] == key.table):
            yield Effect(f"DROP CONSTRAINT {key.name}", key.referenced, Lock.ACCESS_EXCLUSIVE)


def _other(text: str) -> Effect:
    for form, lock, work in FORMS:
        if found := re.match(form, text, re.IGNORECASE):
            return Effect(_shortened(text), found[1], lock, work)
    return Effect(_shortened(text), "", None, Work.UNKNOWN)


def _shortened(text: str, length: int = 60) -> str:
    """Return the beginning of a statement, without quotes."""
    plain = text.replace('"', "").rstrip(";")
    return plain if len(plain) <= length else f"{plain[: length - 1].rstrip()}…"
