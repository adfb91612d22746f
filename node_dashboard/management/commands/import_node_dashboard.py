"""`manage.py import_node_dashboard URL --appid ID`: moves a running Node Dashboard over, as often as one likes."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from rich.console import Group, RenderableType
from rich.markup import escape
from rich.table import Table

from dashboard.cli.commands import Failed, OperatorCommand, Result, printable
from dashboard.core.actor import Actor
from node_dashboard import services
from node_dashboard.report import OUTCOMES, Report
from node_dashboard.run import Advance
from node_dashboard.services import Origin
from node_dashboard.source import CannotImportError

SHOWN_IN_PREVIEW = 10

Service = Callable[[Origin, Actor, Advance], Report]


class Command(OperatorCommand):
    help = "Bring what is new, changed or gone in a Node Dashboard's database into this one. The source is only read."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("url", help="postgresql://…, mysql://…, mariadb://… or sqlite:///path")
        parser.add_argument("--appid", required=True, help="whose rows to take; they arrive under APPID")
        parser.add_argument("--username", default="", help="somebody's of the source, to tell which key it hashed with")
        parser.add_argument("--yes", action="store_true", help="go on after the preview without asking")
        parser.add_argument("--dry-run", action="store_true", help="only the preview: change nothing")

    def perform(self, *args: Any, yes: bool, dry_run: bool, **options: Any) -> Result:
        origin = Origin(options["url"], options["appid"], options["username"])
        if dry_run or not yes:
            preview = self._run(services.preview_import, "Comparing", origin)
            if dry_run:
                return Result(told(preview, "would be done"), {"dryRun": True, **preview.as_json()})
            self._ask(preview)
        report = self._run(services.import_node_dashboard, "Importing", origin)
        return Result(told(report, "was done"), report.as_json())

    def _ask(self, preview: Report) -> None:
        with self.progress() as progress:
            progress.console.print(told(preview, "would be done", SHOWN_IN_PREVIEW))
        self.confirm(f"Import this into {settings.APPID}?", yes=False)

    def _run(self, service: Service, doing: str, origin: Origin) -> Report:
        try:
            rows = services.rows_to_read(origin)
            with self.progress() as progress:
                tasks = {table: progress.add_task(f"{doing} {table}", total=count) for table, count in rows.items()}

                def advance(table: str, count: int) -> None:
                    progress.advance(tasks[table], count)

                return service(origin, Actor.command_line(), advance)
        except CannotImportError as error:
            raise Failed(printable(str(error))) from error


def told(report: Report, done: str, shown: int | None = None) -> RenderableType:
    """A report as a person reads it: counts, notes, and the rows that are not taken, of each reason at most `shown`."""
    title = f"What {done}: app id {_plain(report.source_appid)} of the source, into {_plain(report.appid)} here"
    table = Table("", *OUTCOMES, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, counts in report.lines():
        table.add_row(name, *map(str, counts))
    return Group(title, table, *_notes(report), *_skipped(report, shown))


def _plain(text: str) -> str:
    """What stands in the source, which neither rich nor the terminal may take for a command."""
    return escape(printable(text))


def _notes(report: Report) -> list[str]:
    return ["", *(f"Note: {_plain(note)}" for note in report.notes)] if report.notes else []


def _skipped(report: Report, shown: int | None) -> list[str]:
    lines, seen = [""] if report.skipped else [], Counter[tuple[str, str]]()
    for remark in report.skipped:
        seen[remark.table, remark.reason] += 1
        if shown is None or seen[remark.table, remark.reason] <= shown:
            lines.append(f"Skipped, of {remark.table}: {_plain(remark.rowid)}: {_plain(remark.reason)}.")
    more = {key: count - shown for key, count in seen.items() if shown is not None and count > shown}
    return lines + [f"Skipped, of {table}: {count} more: {_plain(reason)}." for (table, reason), count in more.items()]
