"""Run a fault: clients before it, during it and after it, and the verdict on what they saw."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

from faults.checker.load import Load, wait_for_calm
from faults.checker.verdict import Bounds, Verdict
from faults.checker.verification import verify
from faults.fleet import Fleet
from throwaway.programs import MissingProgramError

MOST_SECONDS = 20.0  # for the service to recover


@dataclass(frozen=True)
class Fault:
    """Something that happens to a fleet. `happen` returns when it is over; it may last about so many seconds."""

    name: str
    title: str
    happen: Callable[[Fleet, float], None]
    seconds: float = 5.0
    bounds: Bounds = field(default_factory=Bounds)


@dataclass(frozen=True)
class Group:
    """Faults that happen to one fleet, one after the other."""

    name: str
    fleet: Callable[[int], AbstractContextManager[Fleet]]  # with at least so many people in it
    faults: tuple[Fault, ...]


@dataclass(frozen=True)
class Length:
    """How long a run is: seconds before and, at least, after the fault; the share of its own; how many people."""

    before: float
    share: float
    after: float
    persons: int


FULL = Length(before=2.5, share=1.0, after=3.0, persons=150)
SHORT = Length(before=0.7, share=0.3, after=1.0, persons=45)


@dataclass(frozen=True)
class Result:
    """What became of a fault: its verdict, or why it was not tried, or what failed besides."""

    fault: Fault
    verdict: Verdict | None = None
    missing: str = ""
    error: str = ""

    @property
    def violations(self) -> list[str]:
        """Return a sentence for each bound that is broken."""
        if self.error:
            return [self.error]
        return self.verdict.violations(self.fault.bounds) if self.verdict else []


def run(fault: Fault, fleet: Fleet, length: Length) -> Verdict:
    """Let a fault happen to a fleet while clients use it, and judge what they were told."""
    load = Load(fleet.targets, fleet.administrator, fleet.take(length.persons), fleet.scenarios, fleet.readers)
    _warm(load, fleet, MOST_SECONDS if fault.bounds.must_be_cached else 0.0)
    with load.running():
        load.wait(length.before)
        cached = fleet.cached(load.record.watched())
        fault.happen(fleet, fault.seconds * length.share)
        over = monotonic()
        load.record.answers += fleet.notes
        fleet.notes.clear()
        wait_for_calm(load, length.after, MOST_SECONDS)
    lost = verify(load.record, fleet.every_server(), fleet.administrator, fleet.postgresql.url())
    return Verdict.of(load.record, lost, over, cached, fault.bounds)


def _warm(load: Load, fleet: Fleet, most: float) -> None:
    """Check every session until most of them are cached, or for so many seconds.

    After the fault before, such as a Redis that was full, nothing is cached for a while.
    """
    start = monotonic()
    load.warm()
    sessions = load.record.watched()
    while 2 * fleet.cached(sessions) < len(sessions) and monotonic() < start + most:
        load.wait(0.2)
        load.warm()


def run_group(group: Group, length: Length, only: set[str], logs: Path | None = None) -> Iterator[Result]:
    """Run the chosen faults of a group. One that something is missing for is a result, too.

    What the servers have logged is copied to the folder `logs`, if there is one.
    """
    chosen = [fault for fault in group.faults if fault.name in only]
    done = 0
    try:
        with group.fleet(length.persons * len(chosen)) as fleet:
            for fault in chosen:
                done += 1
                yield _result(fault, fleet, length)
            if logs:
                for file in fleet.folder.glob("*.log"):
                    shutil.copy(file, logs / f"{group.name} {file.name}")
    except MissingProgramError as error:
        for fault in chosen[done:]:
            yield Result(fault, missing=str(error))


def _result(fault: Fault, fleet: Fleet, length: Length) -> Result:
    try:
        return Result(fault, run(fault, fleet, length))
    except MissingProgramError as error:
        return Result(fault, missing=str(error))
    except Exception as error:
        return Result(fault, error=f"The fault could not be tried: {error!r}")
