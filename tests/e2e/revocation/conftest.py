"""One database and one Redis for all tests of revocation; each starts servers of its own."""

from collections.abc import Iterator

import pytest

from benchmarks.revocation.servers import Stage, stage


@pytest.fixture(scope="package")
def place() -> Iterator[Stage]:
    with stage(persons=1000) as place:
        yield place
