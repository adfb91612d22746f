"""`python -m benchmarks.partitions`: a year of sessions, events and reset codes in tables partitioned by month.

It starts PostgreSQL and Redis, and compares two databases. One has the tables of the migrations, which Dashboard's own
purges keep small. The other has tables partitioned by month, and old partitions are dropped. `--write` puts the tables
into docs/scale.md. docs/decisions/0022-partitions.md draws the conclusions.
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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # SystemExit runs the clean-up
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
    parser.add_argument("--sessions", type=int, default=SESSIONS, help=f"sessions per month ({SESSIONS})")
    parser.add_argument("--events", type=int, default=EVENTS, help=f"events per month ({EVENTS})")
    parser.add_argument("--codes", type=int, default=CODES, help=f"reset codes per month ({CODES})")
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help=f"accounts that own them ({ACCOUNTS})")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often each look-up is timed ({ROUNDS})")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scale.md")
    return parser.parse_args()


if __name__ == "__main__":
    main()
