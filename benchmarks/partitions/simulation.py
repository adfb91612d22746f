"""Simulate a year of both forms, month by month, and then measure look-ups and waits."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import partial
from statistics import median

from benchmarks.partitions.forms import Form
from benchmarks.partitions.locks import longest_wait
from benchmarks.partitions.months import YEAR, month

NAMES = ("sessions", "events", "reset codes")
LOCKED = ("sessions", "events")
HOW = ("no purge", "in batches", "DROP", "DETACH CONCURRENTLY")
FORWARD = 2  # months after the current one that also have partitions
NO_PURGE_SECONDS = 1.0
Progress = Callable[[str], object]


@dataclass(frozen=True)
class Plan:
    """The size of a run: rows per month, accounts, steps per month, rounds of look-ups, and calls per round."""

    rows: dict[str, int]
    accounts: int
    steps: int
    rounds: int
    calls: int


@dataclass(frozen=True)
class Purge:
    """The cost of a purge and the VACUUM after it, in seconds and bytes. `locked` is how long the table was locked."""

    rows: float
    locked: float
    seconds: float
    wal: float
    vacuum_seconds: float
    vacuum_wal: float


@dataclass(frozen=True)
class Size:
    """The number of rows of a table, and the bytes of the table itself and of its indexes."""

    rows: int
    table: int
    indexes: int

    @property
    def bytes(self) -> int:
        return self.table + self.indexes


@dataclass
class Year:
    """The results for one form.

    Each round of a look-up has two means, in seconds: its time, and the CPU time of PostgreSQL.
    """

    purges: dict[str, list[Purge]] = field(default_factory=lambda: {name: [] for name in NAMES})
    sizes: list[dict[str, Size]] = field(default_factory=list)  # after each month's purge
    compact: dict[str, Size] = field(default_factory=dict)
    used: dict[str, Size] = field(default_factory=dict)  # just before `compact`
    lookups: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    def typical_purge(self, name: str) -> Purge:
        """Return the medians of the months in which a whole month's rows were purged."""
        found = self.purges[name]
        most = max(it.rows for it in found)
        whole = [it for it in found if it.rows and it.rows >= most / 2]
        return Purge(**{column.name: median(getattr(it, column.name) for it in whole) for column in fields(Purge)})


Waits = dict[str, dict[str, float]]  # of a writer, in seconds: by table, and by how it is purged


def simulate(today: Form, by_month: Form, plan: Plan, tell: Progress) -> tuple[dict[str, Year], Waits]:
    """Fill, purge and use both forms, side by side."""
    present = month(datetime.now(UTC))
    months = [month(present, -ago).isoformat() for ago in range(YEAR, -FORWARD - 1, -1)]
    both, years = (today, by_month), {today.name: Year(), by_month.name: Year()}
    _together(both, lambda form: form.run("add_accounts", plan.accounts))
    by_month.run("partition", months)
    for number, start in enumerate(months[:YEAR], 1):
        tell(f"month {number}")
        _together(both, partial(_add_month, start, plan))
        _purge(today, years[today.name], "purge")
        _purge(by_month, years[by_month.name], "drop")
    _look_up(both, years, plan, tell)
    for form in both:
        tell(f"compact {form.name}")
        years[form.name].used = _sizes(form)
        form.run("compact")
        years[form.name].compact = _sizes(form)
    return years, _waits(today, by_month, present, tell)


def _together(both: tuple[Form, ...], work: Callable[[Form], object]) -> None:
    """Do work that is not measured on both forms at once."""
    with ThreadPoolExecutor(len(both)) as pool:
        list(pool.map(work, both))


def _add_month(start: str, plan: Plan, form: Form) -> None:
    form.run("add_month", start, plan.rows, plan.accounts, plan.steps)


def _purge(form: Form, year: Year, command: str) -> None:
    for name in NAMES:
        year.purges[name].append(Purge(**form.run(command, name)))
    year.sizes.append(_sizes(form))


def _sizes(form: Form) -> dict[str, Size]:
    return {name: Size(*found) for name, found in form.run("sizes").items()}


def _look_up(both: tuple[Form, ...], years: dict[str, Year], plan: Plan, tell: Progress) -> None:
    """Time each look-up on both forms in turn, after a round that does not count."""
    for name in both[0].run("lookups"):
        tell(name)
        for number in range(plan.rounds + 1):
            for form in both:
                found = form.run("look_up", name, plan.calls)
                if number:
                    years[form.name].lookups.setdefault(name, []).append(tuple(found))


def _waits(today: Form, by_month: Form, present: datetime, tell: Progress) -> Waits:
    """Return a writer's longest wait for each table, without and with an open transaction that has read it."""
    for form in (today, by_month):
        form.run("set_clock", month(present, FORWARD).isoformat())  # in a partition that is not dropped
    sessions = {form.name: form.run("sign_in") for form in (today, by_month)}
    waits: Waits = {}
    for name in LOCKED:
        for later, is_read in enumerate((False, True), 1):
            row = f"{name}, while a transaction that has read them is open" if is_read else name
            tell(f"waits: {row}")
            today.run("set_clock", month(present, later).isoformat())
            purges: list[tuple[Form, Callable[[], object]]] = [
                (today, lambda: time.sleep(NO_PURGE_SECONDS)),
                (today, partial(today.run, "purge", name)),
                (by_month, partial(by_month.run, "drop_oldest", name, False)),
                (by_month, partial(by_month.run, "drop_oldest", name, True)),
            ]
            waits[row] = {
                how: longest_wait(form.url, name, sessions[form.name], purge, is_read=is_read)
                for how, (form, purge) in zip(HOW, purges, strict=True)
            }
    return waits
