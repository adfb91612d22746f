"""`manage.py import_node_dashboard URL --appid ID`: import a Node Dashboard. It can be run repeatedly."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from rich.console import Group, RenderableType
from rich.table import Table

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.errors import Failed
from dashboard.cli.formatting import printable
from dashboard.cli.prompts import require_text
from dashboard.core.actor import Actor
from node_dashboard import services
from node_dashboard.importer import Advance
from node_dashboard.report import OUTCOMES, Report
from node_dashboard.services import Origin
from node_dashboard.source import CannotImportError

PREVIEW_LIMIT = 10  # skipped rows per reason

Service = Callable[[Origin, Actor, Advance], Report]


class Command(OperatorCommand):
    help = "Import what is new, changed or gone in the database of a Node Dashboard. The source is only read."
    examples = (
        "sqlite:////srv/node/copy.sqlite --appid exampleapp --dry-run",
        "postgresql://user:password@db.example.com/node --appid exampleapp --username somebody",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("url", help="postgresql://…, mysql://…, mariadb://… or sqlite:///path")
        parser.add_argument("--appid", required=True, help="app id in the source; its rows are imported under APPID")
        parser.add_argument(
            "--username", default="", help="username of an account in the source, which identifies its key"
        )
        parser.add_argument("--yes", action="store_true", help="do not show a preview and do not ask")
        parser.add_argument("--dry-run", action="store_true", help="show the preview only; change nothing")

    def perform(self, *args: Any, yes: bool, dry_run: bool, **options: Any) -> Result:
        require_text(options["url"], options["appid"], options["username"])
        origin = Origin(options["url"], options["appid"], options["username"])
        if dry_run or not yes:
            preview = self._run(services.preview_import, "Comparing", origin)
            if dry_run:
                return Result(render(preview, "would be imported"), {"dryRun": True, **preview.as_json()})
            self._ask(preview)
        report = self._run(services.import_node_dashboard, "Importing", origin)
        return Result(render(report, "was imported"), report.as_json())

    def _ask(self, preview: Report) -> None:
        with self.show_progress() as progress:
            progress.console.print(render(preview, "would be imported", PREVIEW_LIMIT))
        self.confirm(f"Import this into {settings.APPID}?", yes=False)

    def _run(self, service: Service, activity: str, origin: Origin) -> Report:
        try:
            rows = services.rows_to_read(origin)
            with self.show_progress() as progress:
                tasks = {table: progress.add_task(f"{activity} {table}", total=count) for table, count in rows.items()}

                def advance(table: str, count: int) -> None:
                    progress.advance(tasks[table], count)

                return service(origin, Actor.command_line(), advance)
        except CannotImportError as error:
            raise Failed(printable(str(error))) from error


def render(report: Report, done: str, limit: int | None = None) -> RenderableType:
    """Render counts, notes and the skipped rows of a report, at most `limit` rows per reason."""
    title = f"App id {printable(report.source_appid)} of the source {done} into {printable(report.appid)}."
    table = Table("", *OUTCOMES, box=None)
    for column in table.columns[1:]:
        column.justify = "right"
    for name, counts in report.lines():
        table.add_row(name, *map(str, counts))
    return Group(title, table, *_notes(report), *_skipped(report, limit))


def _notes(report: Report) -> list[str]:
    return ["", *(f"Note: {printable(note)}" for note in report.notes)] if report.notes else []


def _skipped(report: Report, limit: int | None) -> list[str]:
    lines, seen = [""] if report.skipped else [], Counter[tuple[str, str]]()
    for row in report.skipped:
        seen[row.table, row.reason] += 1
        if limit is None or seen[row.table, row.reason] <= limit:
            lines.append(f"Skipped in {row.table}: {printable(row.rowid)}: {printable(row.reason)}.")
    more = {key: count - limit for key, count in seen.items() if limit is not None and count > limit}
    return lines + [
        f"Skipped in {table}: {count} more: {printable(reason)}." for (table, reason), count in more.items()
    ]
