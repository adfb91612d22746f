"""`make bench`: compare Dashboard with the minimum cost of DRF and Redis. See docs/performance.md."""

import argparse
import signal
import sys

from benchmarks import report
from benchmarks.cases import cases, seed
from benchmarks.measure import Length, Measurement
from benchmarks.servers import needed, servers

FULL = Length(rounds=11, seconds=1, sign_in_rounds=5, sign_in_seconds=10)
QUICK = Length(rounds=2, seconds=1, sign_in_rounds=2, sign_in_seconds=5)


def main() -> None:
    options = _options()
    needed("wrk", "wrk")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # SystemExit runs the clean-up
    with servers() as started:
        rows = seed(started, "few")
        measurement = Measurement(started, cases(started, rows), QUICK if options.quick else FULL)
        text = report.table(measurement.rows(with_million=not options.quick))
    sys.stdout.write(text + "\n")
    if options.write:
        report.write(text)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one minute, without the million sessions; rough figures")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
