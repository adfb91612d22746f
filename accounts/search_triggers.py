# ruff: noqa: S608  the statements are made of our own names
"""Triggers that keep the search entries (search_entries.py) current, whatever code of any release writes a profile.

Migrations create them. To change which entries a profile has, write a migration that replaces the triggers and calls
`fill`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection, transaction

from accounts.search_entries import (
    COLUMNS,
    FOLDED_LETTERS,
    MIDDLE_LENGTH,
    MIDDLE_MARK,
    MIDDLE_SEPARATOR,
    MIDDLE_SEPARATORS,
    MIDDLES_LIMIT,
    SEPARATORS,
    WORDS_LIMIT,
)

FILL_SIZE = 2000
NESTING = 20  # SQLite's parser has a stack of 100


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _names(prefix: str) -> str:
    return ", ".join(f"{prefix}.{column}" for column in COLUMNS)


LETTERS, BASES = (_literal("".join(letters)) for letters in (FOLDED_LETTERS, FOLDED_LETTERS.values()))
IS_START = "instr({s}, substr(given, n, 1)) = 0 AND (n = 1 OR instr({s}, substr(given, n - 1, 1)) > 0)".format(
    s=_literal(SEPARATORS)
)

POSTGRESQL = (
    # The texts that a term can begin, of these columns: from each start of a word to the end, and, marked, from each
    # other letter of a word to the word's end.
    f"""
    CREATE OR REPLACE FUNCTION accounts_search_texts(VARIADIC given text[]) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        WITH folded (given) AS MATERIALIZED (  -- once, not for each letter
            SELECT lower(CASE WHEN it ~ '[^ -~]' THEN translate(it, {LETTERS}, {BASES}) ELSE it END)
            FROM unnest(given) AS it WHERE it <> ''
        )
        SELECT left(substr(given, n), 255) FROM folded, LATERAL (
            SELECT n FROM generate_series(1, length(given)) AS n
            WHERE {IS_START.replace("instr(", "strpos(")}
            ORDER BY n LIMIT {WORDS_LIMIT}
        ) AS starts
        UNION
        SELECT '{MIDDLE_MARK}' || middle FROM folded, LATERAL (
            SELECT substr(word, n) AS middle
            FROM regexp_split_to_table(given, {_literal(MIDDLE_SEPARATOR)}) WITH ORDINALITY AS words (word, place),
            LATERAL generate_series(2, length(word) - {MIDDLE_LENGTH - 1}) AS n
            ORDER BY place, n LIMIT {MIDDLES_LIMIT}
        ) AS middles
    $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION accounts_search_insert() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO accounts_searchentry (appid, text, accountid, profileid)
        SELECT it.appid, text, it.account_id, it.profileid
        FROM written AS it, LATERAL accounts_search_texts({_names("it")}) AS text;
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE OR REPLACE FUNCTION accounts_search_update() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM accounts_searchentry WHERE profileid = OLD.profileid;
        INSERT INTO accounts_searchentry (appid, text, accountid, profileid)
        SELECT NEW.appid, text, NEW.account_id, NEW.profileid FROM accounts_search_texts({_names("NEW")}) AS text;
        RETURN NULL;
    END $$
    """,
    """
    CREATE OR REPLACE FUNCTION accounts_search_delete() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        DELETE FROM accounts_searchentry WHERE profileid IN (SELECT profileid FROM deleted);
        RETURN NULL;
    END $$
    """,
    """
    CREATE TRIGGER accounts_search_insert AFTER INSERT ON accounts_profile
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION accounts_search_insert()
    """,
    f"""
    CREATE TRIGGER accounts_search_update AFTER UPDATE ON accounts_profile FOR EACH ROW
    WHEN ((OLD.appid, OLD.account_id, {_names("OLD")}) IS DISTINCT FROM (NEW.appid, NEW.account_id, {_names("NEW")}))
    EXECUTE FUNCTION accounts_search_update()
    """,
    """
    CREATE TRIGGER accounts_search_delete AFTER DELETE ON accounts_profile
    REFERENCING OLD TABLE AS deleted FOR EACH STATEMENT EXECUTE FUNCTION accounts_search_delete()
    """,
)
POSTGRESQL_DROP = (
    *(f"DROP TRIGGER accounts_search_{it} ON accounts_profile" for it in ("insert", "update", "delete")),
    *(f"DROP FUNCTION accounts_search_{it}()" for it in ("insert", "update", "delete")),
    "DROP FUNCTION accounts_search_texts(text[])",
)


SQLITE_DROP = tuple(f"DROP TRIGGER IF EXISTS accounts_search_{it}" for it in ("insert", "update", "delete"))


def sqlite_triggers() -> Iterator[str]:
    """Yield the statements that create SQLite's triggers where they are missing."""
    deletion = "DELETE FROM accounts_searchentry WHERE profileid = OLD.profileid"
    additions = [_sqlite_insertion(), *_sqlite_foldings()]
    bodies = {
        "insert": ("INSERT", additions),
        "update": (f"UPDATE OF appid, account_id, {', '.join(COLUMNS)}", [deletion, *additions]),
        "delete": ("DELETE", [deletion]),
    }
    for name, (event, statements) in bodies.items():
        yield (
            f"CREATE TRIGGER IF NOT EXISTS accounts_search_{name} AFTER {event} ON accounts_profile"
            f" BEGIN {'; '.join(statements)}; END"
        )


def _sqlite_insertion() -> str:
    texts = " UNION ".join(text for column in COLUMNS for text in _sqlite_texts(f"lower(NEW.{column})"))
    return (
        "INSERT INTO accounts_searchentry (text, appid, accountid, profileid)"
        f" SELECT *, NEW.appid, NEW.account_id, NEW.profileid FROM ({texts})"
    )


def _sqlite_texts(given: str) -> Iterator[str]:
    """Yield two queries for the texts of a column: from where words begin, and from the middle of words."""
    positions = f"(SELECT {given} AS given), (SELECT value AS n FROM json_each({_literal(str([*range(1, 256)]))}))"
    yield (
        f"SELECT * FROM (SELECT substr(given, n) FROM {positions}"
        f" WHERE n <= length(given) AND {IS_START} ORDER BY n LIMIT {WORDS_LIMIT})"
    )
    separators = _literal(MIDDLE_SEPARATORS)
    ends = ", ".join(f"instr(substr(given, n) || {separators}, {_literal(it)})" for it in MIDDLE_SEPARATORS)
    within = " AND ".join(
        f"instr({separators}, substr(given, n + {offset}, 1)) = 0" for offset in range(-1, MIDDLE_LENGTH)
    )
    yield (
        f"SELECT * FROM (SELECT '{MIDDLE_MARK}' || substr(given, n, min({ends}) - 1) FROM {positions}"
        f" WHERE n BETWEEN 2 AND length(given) - {MIDDLE_LENGTH - 1} AND {within} ORDER BY n LIMIT {MIDDLES_LIMIT})"
    )


def _sqlite_foldings() -> Iterator[str]:
    """Yield statements that fold the non-ASCII letters in a new profile's entries, which lower() leaves alone."""
    pairs = list(FOLDED_LETTERS.items())
    for start in range(0, len(pairs), NESTING):
        folded = "text"
        for letter, base in pairs[start : start + NESTING]:
            folded = f"replace({folded}, '{letter}', '{base}')"
        yield (
            f"UPDATE accounts_searchentry SET text = {folded} WHERE profileid = NEW.profileid AND text GLOB '*[^ -~]*'"
        )


def create(schema_editor: Any) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else sqlite_triggers():
        schema_editor.execute(statement)


def drop(schema_editor: Any) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_DROP if is_postgresql else SQLITE_DROP:
        schema_editor.execute(statement)


def replace(schema_editor: Any) -> None:
    """Make the triggers write this release's entries. On PostgreSQL, replace the function that they call."""
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL[:1] if is_postgresql else (*SQLITE_DROP, *sqlite_triggers()):
        schema_editor.execute(statement)


def restore(**signal: Any) -> None:
    """Create the triggers again that SQLite loses when a migration rebuilds the table. A receiver of post_migrate."""
    if connection.vendor == "sqlite" and "accounts_searchentry" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            for statement in sqlite_triggers():
                cursor.execute(statement)


def fill() -> Iterator[int]:
    """Rebuild the entries of all profiles in short transactions; yield how many profiles are done."""
    last, done = "", 0
    while profileids := _next(last):
        with transaction.atomic(), connection.cursor() as cursor:
            _fill(cursor, profileids)
        last, done = profileids[-1], done + len(profileids)
        yield done


def _next(last: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT profileid FROM accounts_profile WHERE profileid > %s ORDER BY profileid LIMIT %s", [last, FILL_SIZE]
        )
        return [profileid for (profileid,) in cursor.fetchall()]


def _fill(cursor: Any, profileids: Sequence[str]) -> None:
    """Fill the index for these profiles. They are locked first, so that no trigger changes their entries meanwhile."""
    if connection.vendor == "sqlite":  # where setting a column is what fires the trigger
        marks = ", ".join(["%s"] * len(profileids))
        cursor.execute(
            f"UPDATE accounts_profile SET full_name = full_name WHERE profileid IN ({marks})",
            profileids,
        )
        return
    ids = [list(profileids)]
    cursor.execute("SELECT 1 FROM accounts_profile WHERE profileid = ANY(%s) ORDER BY profileid FOR NO KEY UPDATE", ids)
    cursor.execute("DELETE FROM accounts_searchentry WHERE profileid = ANY(%s)", ids)
    cursor.execute(
        "INSERT INTO accounts_searchentry (appid, text, accountid, profileid)"
        " SELECT it.appid, text, it.account_id, it.profileid"
        f" FROM accounts_profile AS it, LATERAL accounts_search_texts({_names('it')}) AS text"
        " WHERE profileid = ANY(%s)",
        ids,
    )
