"""`make fault-test`: servers of Dashboard, while what they need fails. See docs/reliability.md.

Each fault happens to servers, a database and whatever else it takes, which are started for it on free ports of this
machine. The exit status is 1 if a bound is broken.
"""

import argparse
import resource
import signal
import sys
from pathlib import Path
from time import monotonic

from faults import report
from faults.catalogue import GROUPS
from faults.running import FULL, SHORT, Length, Result, run_group


def main() -> None:
    options = _options()
    if options.list:
        for group in GROUPS:
            for fault in group.faults:
                sys.stdout.write(f"{fault.name:28} {fault.title}\n")
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # by way of the clean-up
    allow_many_files()
    began = monotonic()
    if options.logs:
        options.logs.mkdir(parents=True, exist_ok=True)
    results = list(_run(set(options.only) or set(_names()), SHORT if options.short else FULL, options.logs))
    text, closing = report.table(results), report.summary(results)
    sys.stdout.write(f"\n{text}\n\n{closing}\nThe run took {(monotonic() - began) / 60:.1f} minutes.\n")
    if options.write:
        report.write(f"{text}\n\n{closing}")
    sys.exit(1 if any(result.violations for result in results) else 0)


def allow_many_files() -> None:
    """Raise the limit of open files as far as it goes: thousands of clients are opened here."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make fault-test", description=__doc__)
    parser.add_argument("--list", action="store_true", help="list the faults")
    parser.add_argument("--only", action="append", default=[], choices=_names(), metavar="NAME", help="one fault")
    parser.add_argument("--short", action="store_true", help="each as short as in the tests")
    parser.add_argument("--logs", type=Path, metavar="FOLDER", help="keep what the servers have logged")
    parser.add_argument("--write", action="store_true", help="put the table into docs/reliability.md")
    return parser.parse_args()


def _names() -> list[str]:
    return [fault.name for group in GROUPS for fault in group.faults]


def _run(only: set[str], length: Length, logs: Path | None) -> list[Result]:
    results = []
    for group in GROUPS:
        if not any(fault.name in only for fault in group.faults):
            continue
        began = monotonic()
        for result in run_group(group, length, only, logs):
            state = f"not run: {result.missing}" if result.missing else "; ".join(result.violations) or "within bounds"
            sys.stdout.write(f"{result.fault.name} ({monotonic() - began:.0f} s): {state}\n")
            sys.stdout.flush()
            results.append(result)
            began = monotonic()
    return results


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
