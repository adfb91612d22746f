"""How Linux schedules the threads of a server process."""

import os
from pathlib import Path

import pytest

from tests.gateway.serving import Server, serving

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="is Linux's"),
]


def policies(server: Server) -> set[int]:
    """Return the scheduling policies of all threads of the workers."""
    threads = [int(it.name) for pid in server.workers() for it in Path(f"/proc/{pid}/task").iterdir()]
    return {os.sched_getscheduler(thread) for thread in threads}


@pytest.mark.parametrize(
    ("setting", "gateway", "policy"),
    [
        ("true", "true", "SCHED_BATCH"),
        ("false", "true", "SCHED_OTHER"),
        pytest.param("true", "false", "SCHED_BATCH", marks=pytest.mark.exhaustive),
    ],
)
def test_every_thread_of_a_worker_is_scheduled_as_set(tmp_path: Path, setting: str, gateway: str, policy: str) -> None:
    with serving(tmp_path, BATCH_SCHEDULING=setting, GATEWAY=gateway) as server:
        assert server.ask("GET", "/health/ready")[0] == 200  # in a thread that Django answers in
        assert policies(server) == {getattr(os, policy)}
        assert os.sched_getscheduler(server.process.pid) == os.SCHED_OTHER
