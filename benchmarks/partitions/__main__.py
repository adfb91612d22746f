"""`python -m benchmarks.partitions`: a year of sessions, events and reset codes in tables partitioned by month.

It starts PostgreSQL and Redis, and has two databases side by side: one with the tables of the migrations, which the
product's own purges keep small, and one with tables partitioned by month, of which partitions are dropped. `--write`
puts the tables into docs/scale.md. docs/decisions/0022-partitions.md says what follows from them.
"""

import argparse
import signal
import sys
import time

from benchmarks import report
from benchmarks.partitions.forms import forms
from benchmarks.partitions.simulation import Plan, simulate
from benchmarks.partitions.tables import tables

SESSIONS, EVENTS, CODES = 20_000, 50_000, 2_000
ACCOUNTS, STEPS, ROUNDS, CALLS = 10_000, 30, 7, 100


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # by way of the clean-up
    begun = time.monotonic()

    def tell(text: str) -> None:
        sys.stderr.write(f"{time.monotonic() - begun:6.1f} s  {text}\n")

    numbers = {"sessions": options.sessions, "events": options.events, "reset codes": options.codes}
    with forms() as (today, by_month):
        plan = Plan(numbers, options.accounts, STEPS, options.rounds, CALLS)
        text = tables(*simulate(today, by_month, plan, tell))
    sys.stdout.write(text + "\n")
    if options.write:
        report.write(text, report.PARTITIONS, report.SCALE)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.partitions", description=__doc__)
    parser.add_argument("--sessions", type=int, default=SESSIONS, help=f"sessions of a month ({SESSIONS})")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"events of a month ({EVENTS})")
    parser.add_argument("--codes", type=int, default=CODES, help=f"reset codes of a month ({CODES})")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help=f"accounts that they belong to ({ACCOUNTS})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each look-up is timed ({ROUNDS})")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scale.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
