"""manage.py serve: its workers count requests together, and none loses its count when it is replaced."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from prometheus_client.mmap_dict import MmapedDict

from dashboard_project.management.commands import serve
from tests.observability.samples import REQUESTS, TOKEN, samples
from tests.outages import dying_after

pytestmark = pytest.mark.process


class Served:
    """`manage.py serve` with two workers."""

    def __init__(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as place:
            self.port = place.getsockname()[1]
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | {
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "WORKERS": "2",
            "PROMETHEUS_TOKEN": TOKEN,
            "STOP_DELAY": "1",
            "TMPDIR": str(folder),
        }
        self.log = (folder / "log").open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=self.log,
            start_new_session=True,
        )

    def get(self, path: str) -> str:
        client = HTTPConnection("127.0.0.1", self.port, timeout=60)  # each a new one: the kernel chooses the worker
        client.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        text = client.getresponse().read().decode()
        client.close()
        return text

    def answers(self) -> bool:
        assert self.process.poll() is None
        try:
            return '"live"' in self.get("/health/live")
        except OSError:
            return False

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in children.split()]

    def by_process(self) -> list[float]:
        """How many requests for /api/errors each process has counted, by its place."""
        return [
            sum(
                value
                for key, value, _, _ in MmapedDict.read_all_values_from_file(str(file))
                if "/api/errors" in key and "_bucket" in key
            )
            for file in sorted(self.folder.glob("dashboard-*/histogram_*.db"))
        ]

    def stop(self) -> int:
        """As Ctrl-C does, which reaches the workers too. Raises TimeoutExpired where they have to be killed."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.log.close()
        return self.process.wait(settings.STOP_TIMEOUT - 5)


def eventually(what: Callable[[], bool]) -> None:
    end = monotonic() + 30
    while not what():
        assert monotonic() < end


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    try:
        eventually(served.answers)
        yield served
    finally:
        if served.process.poll() is None:
            os.killpg(served.process.pid, signal.SIGKILL)
            served.process.wait()


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="finds the workers in /proc")
def test_workers_count_together_and_none_begins_anew(served: Served) -> None:
    asked = 0

    def each_has_counted() -> bool:
        nonlocal asked
        served.get("/api/errors")
        asked += 1
        return len(served.by_process()) == 2 and all(served.by_process())

    eventually(each_has_counted)
    assert sum(served.by_process()) == asked
    assert samples(served.get("/metrics"))[REQUESTS, ("/api/errors", "200")] == asked

    before = served.workers()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(served.workers()) == 2 and before[0] not in served.workers())
    eventually(served.answers)
    counts = served.by_process()

    def both_have_counted_on() -> bool:
        nonlocal asked
        served.get("/api/errors")
        asked += 1
        return all(now > then for now, then in zip(served.by_process(), counts, strict=True))

    eventually(both_have_counted_on)
    assert samples(served.get("/metrics"))[REQUESTS, ("/api/errors", "200")] == asked
    assert served.stop() == 0
    assert list(served.folder.glob("dashboard-*")) == []
    log = [json.loads(line) for line in (served.folder / "log").read_text().splitlines()]
    assert [line["message"] for line in log if line["logger"] == "_granian"] == ["Unexpected exit from worker-1"]


def test_workers_are_replaced_after_their_counters_were_deleted(served: Served) -> None:
    [folder] = served.folder.glob("dashboard-*")
    eventually(lambda: len(list(folder.glob("histogram_*.db"))) == 2)  # of workers that nobody may have asked yet
    shutil.rmtree(folder)
    assert REQUESTS in {name for name, _ in samples(served.get("/metrics"))}
    before = served.workers()
    os.kill(before[0], signal.SIGKILL)
    eventually(lambda: len(served.workers()) == 2 and before[0] not in served.workers())
    eventually(served.answers)
    served.process.send_signal(signal.SIGTERM)
    assert served.process.wait(settings.STOP_TIMEOUT - 5) == 0
    served.log.close()
    assert f"{folder} was deleted" in (served.folder / "log").read_text()


@pytest.fixture
def announced(settings, monkeypatch, transactional_db) -> Callable[..., str]:
    """Run `serve` up to the point where the server would begin, and return what it prints."""

    def announced(_serve: Callable[[str], None] = lambda address: None, **changes: object) -> str:
        for name, value in {"PORT": 0, **changes}.items():
            setattr(settings, name, value)
        monkeypatch.setattr(serve, "_serve", _serve)
        monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")  # restored afterwards
        printed = io.StringIO()
        call_command("serve", stdout=printed)
        return printed.getvalue()

    return announced


@pytest.mark.parametrize(("compatibility", "warnings"), [("extended", 0), ("strict", 1)])
def test_the_log_of_the_start_warns_of_strict_compatibility(compatibility, warnings, announced, caplog):
    announced(NODE_COMPATIBILITY=compatibility)
    assert (
        len([record for record in caplog.records if "NODE_COMPATIBILITY is strict" in record.getMessage()]) == warnings
    )


@pytest.mark.parametrize(
    ("host", "address", "page"),
    [
        ("localhost", "http://localhost:0", "http://localhost:0"),
        ("127.0.0.1", "http://127.0.0.1:0", "http://127.0.0.1:0"),
        ("::1", "http://[::1]:0", "http://[::1]:0"),
        ("[::1]", "http://[::1]:0", "http://[::1]:0"),
        ("::", "http://[::]:0", "http://localhost:0"),
        ("0.0.0.0", "http://0.0.0.0:0", "http://localhost:0"),
    ],
)
def test_addresses_that_are_printed_can_be_opened(host, address, page, announced):
    if ":" in host and not socket.has_dualstack_ipv6():
        pytest.skip("needs IPv6")
    lines = announced(HOST=host).splitlines()
    assert lines[0] == f"Dashboard is listening on {address}. Stop it with Ctrl-C."
    assert lines[1] == f"Open {page} in a browser: it says what to do first."
    assert lines[2] == f"API documentation: {page}/api/docs. Admin site: {page}/admin/."


@pytest.mark.parametrize("host", ["nowhere.invalid", "192.0.2.1"])  # RFC 6761, RFC 5737
def test_address_that_is_not_ours(host, announced):
    with pytest.raises(CommandError, match=rf"^Cannot listen on http://{host}:0: .*\.$"):
        announced(HOST=host)


def test_address_that_another_program_has(announced):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(
            CommandError, match=f"^Cannot listen on http://127.0.0.1:{port}: Address already in use. Set PORT"
        ):
            announced(HOST="127.0.0.1", PORT=port)


def test_the_log_of_the_start_says_what_is_wrong_with_the_database(announced, caplog):
    with dying_after(0):
        announced()
    (record,) = caplog.records
    assert "Start the server, or correct the host and the port in DATABASE_URL." in record.getMessage()


def test_cleaning_of_old_files_spares_the_counters(announced, monkeypatch, tmp_path):
    clean = shutil.which("systemd-tmpfiles") or pytest.skip("needs systemd-tmpfiles")
    (tmp_path / "tmp").mkdir()
    rules = tmp_path / "tmp.conf"
    rules.write_text(f"d {tmp_path / 'tmp'} 0755 - - 0\n")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    left = []

    def cleaned(address: str) -> None:
        counter = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]) / "counter_0.db"
        counter.touch()
        (tmp_path / "tmp" / "another").touch()
        subprocess.run([clean, "--clean", str(rules)], check=True)
        left.extend(it.name for it in (tmp_path / "tmp").rglob("*") if it.is_file())

    announced(cleaned)
    assert left == ["counter_0.db"]


def test_temporary_files_go_where_they_can(announced, monkeypatch, settings, tmp_path):
    """A container whose root cannot be written has just its volume."""

    def no_folder() -> str:
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", no_folder)
    monkeypatch.setenv("SQLITE_TMPDIR", "")
    settings.DATA_DIR = tmp_path / "data"
    announced()
    assert Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]).parent == tmp_path / "data"
    assert os.environ["SQLITE_TMPDIR"] == str(tmp_path / "data")
    (tmp_path / "file").touch()
    settings.DATA_DIR = tmp_path / "file"
    with pytest.raises(CommandError, match="set TMPDIR or DATA_DIR to one"):
        announced()
