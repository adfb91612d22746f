"""`python -m benchmarks.heavy_accounts`: operations on accounts with 100, 10,000 and 100,000 active sessions.

It starts PostgreSQL and Redis, and runs operations.py. `--write` puts the table into docs/performance.md.
"""

import argparse
import subprocess
import sys

from benchmarks import report
from benchmarks.servers import backing_services


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.heavy_accounts", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    with backing_services() as services:
        command = [sys.executable, "-m", "benchmarks.heavy_accounts.operations"]
        text = subprocess.check_output(command, env=services.environment, text=True).strip()
    sys.stdout.write(text + "\n")
    if options.write:
        report.write(text, report.HEAVY_ACCOUNTS)


if __name__ == "__main__":
    main()
