"""`python -m benchmarks.partitions` with few rows: both forms are what it says they are, and keep what they should."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from benchmarks.partitions.forms import Form, forms
from benchmarks.partitions.simulation import NAMES, Plan, Waits, Year, simulate
from benchmarks.partitions.tables import tables

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]

TABLES = ("sessions_app_session", "events_event", "resetcodes_resetcode")
PLAN = Plan({"sessions": 60, "events": 120, "reset codes": 1000}, accounts=30, steps=2, rounds=1, calls=2)
COLUMNS = (
    "SELECT column_name, data_type, character_maximum_length, is_nullable, column_default, is_identity"
    " FROM information_schema.columns WHERE table_name = %s"
)
INDEXES = (
    "SELECT replace(pg_get_indexdef(indexrelid), ' ON ONLY ', ' ON ') FROM pg_index"
    " WHERE indrelid = %s::regclass AND NOT indisprimary"
)
TRIGGERS = "SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = %s::regclass AND NOT tgisinternal"
CONSTRAINTS = (
    "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype <> 'p'"
)
NUMBERS = (
    "SELECT (SELECT sum(number) FROM dashboard_rowcount WHERE kind = 'session' AND hours = 1)"
    " + (SELECT coalesce(sum(change), 0) FROM dashboard_rowcountchange WHERE kind = 'session')"
)


@dataclass(frozen=True)
class Run:
    """The forms after a year, and what was measured."""

    today: Form
    by_month: Form
    years: dict[str, Year]
    waits: Waits

    def both(self, sql: str, *values: str) -> list[list[tuple]]:
        found = []
        for form in (self.today, self.by_month):
            with psycopg.connect(form.url) as connection:
                found.append(sorted(connection.execute(sql, values).fetchall(), key=str))
        return found


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    with forms() as (today, by_month):
        yield Run(today, by_month, *simulate(today, by_month, PLAN, lambda _: None))


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("sql", [COLUMNS, INDEXES, TRIGGERS, CONSTRAINTS])
def test_partitions_have_what_the_migrations_make(run, table, sql):
    today, by_month = run.both(sql, table)

    assert by_month == today
    assert today or table == "events_event"  # it has neither triggers nor foreign keys


def test_only_one_form_has_partitions(run):
    today, by_month = run.both("SELECT relname FROM pg_class WHERE relkind = 'p'")

    assert today == []
    assert by_month == sorted((table,) for table in TABLES)


def test_both_forms_keep_the_events_of_six_months(run):
    kept = [run.years[form.name].sizes[-1]["events"].rows for form in (run.today, run.by_month)]

    assert kept == [6 * PLAN.rows["events"]] * 2


def test_partitions_keep_sessions_longer(run):
    today, by_month = (run.years[form.name].sizes[-1]["sessions"].rows for form in (run.today, run.by_month))

    assert 0 < today < by_month < 12 * PLAN.rows["sessions"]


def test_the_numbers_of_rows_are_those_of_the_rows(run):
    rows = run.both("SELECT count(*) FROM sessions_app_session")

    assert run.both(NUMBERS) == rows
    assert all(number for ((number,),) in rows)


def test_tables_have_a_line_for_each_form_and_look_up(run):
    text = tables(run.years, run.waits)

    assert all(text.count(f"| {name}, ") >= 4 for name in NAMES)
    assert all(f"| {row} | " in text for row in run.waits)
    assert all(f"| {name} | " in text for name in run.years[run.today.name].lookups)
