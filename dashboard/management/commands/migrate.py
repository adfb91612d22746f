"""Django's `manage.py migrate`, in one process at a time: several machines may run it when they start."""

from typing import Any

from django.core.management.commands import migrate

from dashboard.cli.help import DocumentedCommand
from dashboard.db.postgresql.turns import one_at_a_time

WAITING = "Another process is migrating this database; waiting for it."


class Command(DocumentedCommand, migrate.Command):
    examples = ("", "--plan")

    def handle(self, *args: Any, **options: Any) -> None:
        with one_at_a_time(options["database"], lambda: self.stderr.write(WAITING)):
            super().handle(*args, **options)
