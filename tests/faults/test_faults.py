"""A short form of the faults of `make fault-test`, but for one: every bound holds."""

import pytest

from faults.__main__ import allow_many_files
from faults.catalogue import GROUPS
from faults.running import SHORT, Group, run_group

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]

# Its waits cannot be shortened, and the upgrade has both instances behind nginx replaced one by one, too.
LEFT_OUT = {"rolling-restart"}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.name)
def test_every_bound_holds(group: Group) -> None:
    allow_many_files()
    names = {fault.name for fault in group.faults} - LEFT_OUT
    results = list(run_group(group, SHORT, names))
    assert len(results) == len(names)
    assert {result.fault.name: result.violations for result in results if result.violations} == {}
    if missing := [result.missing for result in results if result.missing]:
        pytest.skip(missing[0])


def test_names_are_unique() -> None:
    names = [fault.name for group in GROUPS for fault in group.faults]
    assert len({*names}) == len(names)
