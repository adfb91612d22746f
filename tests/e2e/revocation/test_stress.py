"""Sessions that end while they are checked without pause, on two server processes that share a cache.

`python -m benchmarks.revocation stress` does the same for longer.
"""

import pytest

from benchmarks.revocation.eviction import Eviction
from benchmarks.revocation.load import Load
from benchmarks.revocation.servers import Deployment
from tests.e2e.revocation.requirements import needs_servers

pytestmark = [*needs_servers, pytest.mark.exhaustive]

LEAST = 2  # checks before, and after, revocations of each scenario


@pytest.mark.parametrize("rows", ["", "0"], ids=["row by row", "by the account"])
def test_no_check_that_begins_after_a_revocation_accepts_the_session(deployment: Deployment, rows: str) -> None:
    with deployment.servers(TEST_HOLD_UP="yes", TEST_ROWS_AT_ONCE=rows) as ports:
        load = Load(ports, deployment.administrator, deployment.persons)
        eviction = Eviction(deployment.redis, load)
        with load.running(), eviction.running():
            load.go_on_until(lambda: load.saw(LEAST) and eviction.count > 0)  # the cache may still be suspended
    assert load.faults == []
    assert load.lags() == []
    assert load.refused_too_early() == []
    assert load.saw(LEAST), load.outcomes(is_own=True)
    assert eviction.count > 0


@pytest.mark.parametrize("protocol", ["mark_nothing", "delete_after_commit"])
@pytest.mark.parametrize("rows", ["", "0"], ids=["row by row", "by the account"])
def test_the_clients_notice_a_cache_that_lets_sessions_live_on(
    deployment: Deployment, protocol: str, rows: str
) -> None:
    with deployment.servers(1, TEST_HOLD_UP="yes", TEST_PROTOCOL=protocol, TEST_ROWS_AT_ONCE=rows) as ports:
        load = Load(ports, deployment.administrator, deployment.persons)
        with load.running(), Eviction(deployment.redis, load).running():
            load.go_on_until(lambda: bool(load.lags()))
    assert load.lags()
