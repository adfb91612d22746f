"""Run commands many times, in one process for each database: `python -m benchmarks.growth.commands`.

The process reads a command from each line of its standard input, and answers with the milliseconds that it took.
"""

import io
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Self

# Most commands. Those left out do not end, ask questions, create rows, need rows that are not there, or are documented
# to take longer with more rows: purges of many rows, exports of lists, the import, recount_rows, seed_demo, and the end
# of all sessions.
COMMANDS = (
    "doctor",
    "upgrade_check",
    "show_account {accountid}",
    "show_account Costa",
    "export_account {accountid}",
    "set_administrator {accountid} --dry-run",
    "set_owner {accountid} --dry-run",
    "unlock_account {accountid} --dry-run",
    "schedule_deletion {accountid} --dry-run",
    "delete_account {accountid} --dry-run",
    "reset_session_key {accountid} --dry-run",
    "end_session {own} --dry-run",
    "end_sessions --account {accountid} --dry-run",
    "list_credentials",
    "list_feed_readers",
    "list_webhooks",
    "list_dead_letters",
    "purge_sessions --older-than 3650d",
    "purge_sign_in_clients",
    "purge_events --older-than 3650d",
    "rollup_metrics",
)


class Commands:
    """A process that runs commands with this environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        command = [sys.executable, "-m", "benchmarks.growth.commands"]
        self.process = subprocess.Popen(
            command, env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.process.communicate()  # closes the input, which ends the process

    def run(self, line: str) -> float:
        """Return how many milliseconds a command took. Raises RuntimeError if it failed."""
        assert self.process.stdin  # noqa: S101  both are pipes
        assert self.process.stdout  # noqa: S101
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        try:
            return float(answer)
        except ValueError:
            raise RuntimeError(f"{line}: {answer}") from None


def main() -> None:
    import django  # noqa: PLC0415

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
    django.setup()
    from django.core.management import CommandError, call_command  # noqa: PLC0415  after the setup

    for line in sys.stdin:
        started = time.perf_counter()
        try:
            call_command(*line.split(), stdout=io.StringIO(), stderr=io.StringIO())
        except SystemExit:
            pass  # doctor or upgrade_check has found something
        except CommandError as error:
            sys.stdout.write(f"{error}\n".replace("\n", " ") + "\n")
            sys.stdout.flush()
            continue
        sys.stdout.write(f"{(time.perf_counter() - started) * 1000}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
