"""`manage.py upgrade_check`: say what `migrate` would lock, and whether the previous release may keep serving."""

import sys
from collections.abc import Iterator
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import counted
from operations.upgrade.plan import LIMIT_SECONDS, WHOLE_FILE, Estimate, PlannedMigration, Upgrade, planned_upgrade
from operations.upgrade.statements import Work
from operations.upgrade.tables import RATES

NOTHING = "Every migration is applied."
CODE = "runs code, whose locks and time are not known: read the migration"
RATES_SENTENCE = (
    f"Times are estimates: {RATES[Work.SCAN]} MB/s to read a table, {RATES[Work.REWRITE]} to rewrite it, "
    f"{RATES[Work.INDEX]} to build an index, {RATES[Work.CONCURRENT_INDEX]} concurrently."
)
UNITS = ("bytes", "kB", "MB", "GB", "TB")


class Command(OperatorCommand):
    help = (
        "Say which tables migrate would lock, and for how long. Changes nothing. The exit status is 1 if the running"
        " release cannot keep serving meanwhile."
    )
    examples = (
        "",
        "--json",
    )
    may_serve = True

    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        if not self.may_serve:
            sys.exit(1)

    def perform(self, *args: Any, **options: Any) -> Result:
        upgrade = planned_upgrade()
        self.may_serve = upgrade.may_serve
        return Result(_as_text(upgrade), upgrade.as_json())


def _as_text(upgrade: Upgrade) -> RenderableType:
    if not upgrade.migrations:
        return Text(NOTHING, "green")
    parts: list[RenderableType] = [_table(upgrade.migrations)]
    if any(estimate.seconds for it in upgrade.migrations for estimate in it.estimates):
        parts.append(Text(RATES_SENTENCE))
    parts += [
        Text(
            f"! Process {it.pid} ({it.user}, {it.application or 'unnamed'}) has had a transaction open for"
            f" {counted(it.seconds, 'second')}: migrate may wait for it, and requests for migrate.",
            "yellow",
        )
        for it in upgrade.open_transactions
    ]
    return Group(*parts, "", _summary(upgrade))


def _table(migrations: list[PlannedMigration]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1), pad_edge=False)
    table.add_column(width=1)
    table.add_column()
    for it in migrations:
        mark = Text("✓", "green") if it.may_serve else Text("✗", "bold red")
        table.add_row(mark, Text("\n    ".join([it.name, *_lines(it)])))
    return table


def _lines(migration: PlannedMigration) -> Iterator[str]:
    yield from (_line(estimate) for estimate in migration.estimates)
    if migration.runs_code:
        yield CODE
    if migration.unused_since:
        yield f"removes what releases before {migration.unused_since} use"
    if migration.blocked_seconds > LIMIT_SECONDS:
        yield f"→ requests wait for about {migration.blocked_seconds:.0f} s, and give up after 5"
    yield from (f"→ {objection}" for objection in migration.objections)


def _line(estimate: Estimate) -> str:
    effect = estimate.effect
    if not effect.lock:
        return f"{effect.statement}: not known"
    whom = f", which keeps {estimate.keeps_out} out" if estimate.keeps_out else ""
    return f"{effect.table}: {effect.statement}\n        {effect.lock}{whom}: {_work(estimate)}"


def _work(estimate: Estimate) -> str:
    work = estimate.effect.work
    if work is Work.NOTHING:
        return "for a moment"
    if work is Work.UNKNOWN:
        return "the time depends on the rows that it affects"
    time = f"about {estimate.seconds:.0f} s" if estimate.seconds >= 1 else "less than 1 s"
    return f"{work} of {_size(estimate.size.bytes)}: {time}"


def _size(number: float) -> str:
    for unit in UNITS:
        if number < 1000 or unit == UNITS[-1]:
            break
        number /= 1000
    return f"{number:.3g} {unit}"


def _summary(upgrade: Upgrade) -> Text:
    if upgrade.locks_file:
        return Text(WHOLE_FILE, "bold red")
    todo = counted(len(upgrade.migrations), "migration")
    if upgrade.may_serve:
        return Text(f"{todo}. The running release may keep serving meanwhile.", "green")
    refused = counted(sum(not it.may_serve for it in upgrade.migrations), "migration")
    return Text(f"Stop all servers before you run migrate: they cannot serve during {refused} of {todo}.", "bold red")
