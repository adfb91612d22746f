"""`manage.py deliver`: send events to webhooks."""

import signal
from typing import Any

from django.core.management.base import CommandParser

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import counted
from webhooks.services.sending import CONCURRENCY, Sender
from webhooks.services.worker import Worker


class Command(OperatorCommand):
    help = (
        "Send events to webhooks until stopped. Each process may be killed at any time. On PostgreSQL, any number of"
        " them may run at once; on SQLite, run one. SIGTERM and Ctrl-C let it finish the messages that it is sending."
    )
    examples = ("", "--once")

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--once", action="store_true", help="deliver what is due now, and exit")
        parser.add_argument(
            "--concurrency", type=int, default=CONCURRENCY, help="maximum number of messages sent at once"
        )

    def perform(self, *args: Any, once: bool, concurrency: int, **options: Any) -> Result:
        concurrency = max(1, concurrency)
        sender = Sender(concurrency)
        worker = Worker(sender, concurrency)
        before = {number: signal.signal(number, lambda *_: worker.stop()) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            (worker.run_once if once else worker.run)()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            sender.close()
        text = f"{counted(worker.delivered, 'message')} delivered, {counted(worker.failed, 'attempt')} failed"
        return Result(text, {"delivered": worker.delivered, "failed": worker.failed})
