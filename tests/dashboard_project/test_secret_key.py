"""SECRET_KEY: set, or made on the first start and kept."""

import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from environs import EnvError

from tests.dashboard_project.environment import CHECK, POSTGRESQL, PROJECT, SETTINGS_ALONE, Load, start


def test_secret_key_is_required_with_a_database(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    with pytest.raises(EnvError, match="SECRET_KEY"):
        load(DATABASE_URL=POSTGRESQL)


def test_a_secret_that_cannot_be_read(load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(EnvError, match=rf"^{tmp_path}/secret_key cannot be read or made: .*DATA_DIR"):
        load(DATA_DIR=str(tmp_path))


@pytest.mark.process
def test_secret_key_is_made_on_first_start_and_kept(project: Path) -> None:
    first = start(project, *CHECK)
    assert (first.returncode, first.stderr) == (0, "")
    kept = project / "data" / "secret_key"
    secret = kept.read_text()
    assert len(secret) >= 50
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir() if path.name.startswith("secret_key")] == ["secret_key"]
    assert start(project, *SETTINGS_ALONE).returncode == 0
    assert kept.read_text() == secret


@pytest.mark.process
def test_secret_key_that_is_set_is_not_kept(project: Path) -> None:
    assert start(project, *SETTINGS_ALONE, SECRET_KEY="a secret of some length").returncode == 0
    assert not (project / "data" / "secret_key").exists()
    assert stat.S_IMODE((project / "data").stat().st_mode) == 0o700  # where the database will be


@pytest.mark.process
def test_an_empty_secret_key_file_stops_the_start(project: Path) -> None:
    (project / "data").mkdir()
    (project / "data" / "secret_key").touch()
    started = start(project, *CHECK)
    assert started.returncode == 1
    assert re.fullmatch(r"Dashboard cannot start\. .*secret_key.*\n", started.stderr)


@pytest.mark.process
def test_processes_that_start_at_once_agree_on_the_secret(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from dashboard_project.environment import kept_secret\n"
        "print('ready', flush=True); sys.stdin.readline(); print(kept_secret(Path(sys.argv[1])))"
    )
    path = tmp_path / "data" / "secret_key"
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(path)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    answers = {process.communicate(timeout=300)[0].strip() for process in processes}
    assert answers == {path.read_text()}
    assert len(path.read_text()) >= 50
    assert list(path.parent.iterdir()) == [path]
    assert [process.returncode for process in processes] == [0] * 4
