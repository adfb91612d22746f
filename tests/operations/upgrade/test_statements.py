"""Which locks statements take, as we say and as PostgreSQL does."""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from operations.upgrade.statements import Effect, ForeignKey, Lock, Relations, Work, effects

A, B = "upgrade_a", "upgrade_b"
KEY = f'"fk" FOREIGN KEY ("other") REFERENCES "{B}" ("id") DEFERRABLE INITIALLY DEFERRED'
STATEMENTS = [
    (f'ALTER TABLE "{A}" ADD COLUMN "c" integer DEFAULT 0 NOT NULL', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" ADD COLUMN "c" uuid DEFAULT gen_random_uuid() NOT NULL', Lock.ACCESS_EXCLUSIVE, Work.REWRITE),
    (
        f'ALTER TABLE "{A}" ADD COLUMN "c" integer GENERATED ALWAYS AS ("n" + 1) STORED',
        Lock.ACCESS_EXCLUSIVE,
        Work.REWRITE,
    ),
    (f'ALTER TABLE "{A}" ADD COLUMN "c" integer NULL UNIQUE', Lock.ACCESS_EXCLUSIVE, Work.INDEX),
    (f'ALTER TABLE "{A}" DROP COLUMN "n" CASCADE', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" DROP COLUMN "other" CASCADE', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" DROP CONSTRAINT "old"', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" ALTER COLUMN "n" SET DEFAULT 1', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" ALTER COLUMN "n" SET NOT NULL', Lock.ACCESS_EXCLUSIVE, Work.SCAN),
    (f'ALTER TABLE "{A}" ALTER COLUMN "n" TYPE bigint USING "n"::bigint', Lock.ACCESS_EXCLUSIVE, Work.REWRITE),
    (f"ALTER TABLE {A} ALTER COLUMN n SET (n_distinct = -0.2)", Lock.SHARE_UPDATE_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" RENAME COLUMN "n" TO "m"', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" ADD CONSTRAINT "c" CHECK ("n" >= 0)', Lock.ACCESS_EXCLUSIVE, Work.SCAN),
    (f'ALTER TABLE "{A}" ADD CONSTRAINT "c" CHECK ("n" >= 0) NOT VALID', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" ADD CONSTRAINT "c" UNIQUE ("n")', Lock.ACCESS_EXCLUSIVE, Work.INDEX),
    (f'ALTER TABLE "{A}" ADD CONSTRAINT {KEY}', Lock.SHARE_ROW_EXCLUSIVE, Work.SCAN),
    (f'ALTER TABLE "{A}" ADD CONSTRAINT {KEY} NOT VALID', Lock.SHARE_ROW_EXCLUSIVE, Work.NOTHING),
    (f'ALTER TABLE "{A}" VALIDATE CONSTRAINT "old"', Lock.SHARE_UPDATE_EXCLUSIVE, Work.SCAN),
    (f'CREATE INDEX "i" ON "{A}" ("n") WHERE "n" > 0', Lock.SHARE, Work.INDEX),
    (f'CREATE UNIQUE INDEX "i" ON "{A}" ("n" DESC)', Lock.SHARE, Work.INDEX),
    (f'DROP INDEX IF EXISTS "{A}_n"', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
    (f'UPDATE "{A}" SET "n" = 1', Lock.ROW_EXCLUSIVE, Work.UNKNOWN),
    (f'ANALYZE {A} ("n")', Lock.SHARE_UPDATE_EXCLUSIVE, Work.NOTHING),
    (f'DROP TABLE "{A}" CASCADE', Lock.ACCESS_EXCLUSIVE, Work.NOTHING),
]
RELATIONS = Relations({f"{A}_n": A}, (ForeignKey("old", A, "other", B),))
MODES = {lock: "".join(word.capitalize() for word in lock.split()) + "Lock" for lock in Lock}  # as pg_locks has them
REPLACED = f'ALTER TABLE "{A}" DROP CONSTRAINT IF EXISTS "old", ADD CONSTRAINT {KEY} NOT VALID'


def effect(statement: str) -> Effect:
    (found,) = [it for it in effects(statement, RELATIONS) if it.table != B]
    return found


@pytest.mark.parametrize(("statement", "lock", "work"), STATEMENTS)
def test_statement_is_known(statement: str, lock: Lock, work: Work) -> None:
    found = effect(statement)
    assert (found.table, found.lock, found.work) == (A, lock, work)
    assert '"' not in found.statement


@pytest.mark.parametrize("name", ["INDEX", "UNIQUE INDEX"])
def test_index_that_is_made_concurrently(name: str) -> None:
    found = effect(f'CREATE {name} CONCURRENTLY "i" ON "{A}" ("n", "m" DESC) WHERE "n" IS NOT NULL')
    assert (found.table, found.lock, found.work) == (A, Lock.SHARE_UPDATE_EXCLUSIVE, Work.CONCURRENT_INDEX)
    assert effect(f"DROP INDEX CONCURRENTLY {A}_n").lock == Lock.SHARE_UPDATE_EXCLUSIVE


@pytest.mark.parametrize("statement", ["", "-- A comment", 'CREATE TABLE "t" ("n" integer)', "DROP INDEX unknown"])
def test_what_locks_nothing_that_is_in_use(statement: str) -> None:
    assert list(effects(statement, Relations())) == []


def test_statement_that_is_not_known() -> None:
    assert list(effects("VACUUM FULL books", Relations())) == [Effect("VACUUM FULL books", "", None, Work.UNKNOWN)]
    assert effect(f"ALTER TABLE {A} CLUSTER ON i").work == Work.UNKNOWN


@pytest.fixture
def tables(transactional_db: None) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {B} (id integer PRIMARY KEY)")
        cursor.execute(f"CREATE TABLE {A} (n integer, other integer CONSTRAINT old REFERENCES {B})")
        cursor.execute(f"CREATE INDEX {A}_n ON {A} (n)")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {A}, {B}")


@pytest.mark.postgresql
@pytest.mark.parametrize("statement", [*(statement for statement, _, _ in STATEMENTS), REPLACED])
def test_postgresql_takes_these_locks_and_no_stronger_ones(tables: None, statement: str) -> None:
    said = {table: {it.lock for it in effects(statement, RELATIONS) if it.table == table} for table in (A, B)}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::regclass::oid, %s::regclass::oid", [A, B])
        names = dict(zip(cursor.fetchone(), (A, B), strict=True))
        cursor.execute(statement)
        cursor.execute(
            "SELECT relation, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation = ANY(%s)", [[*names]]
        )
        taken: dict[str, set[Lock]] = {A: set(), B: set()}
        for table, mode in cursor.fetchall():
            taken[names[table]] |= {lock for lock in Lock if MODES[lock] == mode}
        transaction.set_rollback(True)
    for table in (A, B):
        assert strongest(taken[table] - {Lock.ROW_SHARE}) == strongest(said[table])


def strongest(locks: set[Lock]) -> Lock | None:
    return min(locks, key=list(Lock).index, default=None)
