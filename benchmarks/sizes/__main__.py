"""`python -m benchmarks.sizes`: how large rows and cache entries are, and what changes cost PostgreSQL.

It starts PostgreSQL and Redis, fills the tables with `manage.py seed_demo`, and runs measured.py. `--write` puts the
tables into docs/scale.md, whose model is based on these figures.
"""

import argparse
import json
import subprocess
import sys

from benchmarks import report
from benchmarks.servers import MANAGE, backing_services

ACCOUNTS = 100_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sizes", description=__doc__)
    parser.add_argument("--accounts", type=int, default=ACCOUNTS, help=f"number of accounts ({ACCOUNTS})")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/scale.md")
    options = parser.parse_args()
    with backing_services() as services:
        # The factor does not change the length of a hash.
        environment = {**services.environment, "BCRYPT_WORKLOAD_FACTOR": "4"}
        seed = [sys.executable, MANAGE, "seed_demo", "--accounts", str(options.accounts), "--json"]
        made = json.loads(subprocess.check_output(seed, env=environment, text=True))
        command = [sys.executable, "-m", "benchmarks.sizes.measured", str(options.accounts), made["password"]]
        text = subprocess.check_output(command, env=environment, text=True).strip()
    sys.stdout.write(text + "\n")
    if options.write:
        report.write(text, report.SIZES, report.SCALE)


if __name__ == "__main__":
    main()
