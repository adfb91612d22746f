"""A database and a Redis that all tests of revocation share; each test starts its own servers."""

from collections.abc import Iterator

import pytest

from benchmarks.revocation.servers import Deployment, deployed


@pytest.fixture(scope="package")
def deployment() -> Iterator[Deployment]:
    with deployed(persons=2000) as running:
        yield running
