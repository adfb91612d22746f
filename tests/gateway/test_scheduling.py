"""How Linux schedules the threads of a server process."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.gateway.serving import Server, serving

SET = "import os; os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))"


def can_be_set() -> bool:
    """Whether a process may choose its policy here, and this one has the usual policy."""
    if not hasattr(os, "SCHED_BATCH") or os.sched_getscheduler(0) != os.SCHED_OTHER:
        return False
    return subprocess.run([sys.executable, "-c", SET], stderr=subprocess.DEVNULL, check=False).returncode == 0


pytestmark = [pytest.mark.process, pytest.mark.skipif(not can_be_set(), reason="the system does not allow it")]


def policies(server: Server) -> set[int]:
    """Return the scheduling policies of all threads of the workers."""
    threads = [int(it.name) for pid in server.workers() for it in Path(f"/proc/{pid}/task").iterdir()]
    found = set()
    for thread in threads:
        with suppress(ProcessLookupError):  # it has ended meanwhile
            found.add(os.sched_getscheduler(thread))
    return found


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
