"""After a release, it is noted as the one that serves while the next one's migrations are applied."""

from pathlib import Path
from typing import Any

import pytest

from dashboard import __version__
from scripts import previous_release
from tests.packaging.test_release import git


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository with the tag v1.1.0, and a later migration."""
    folder = tmp_path / "accounts" / "migrations"
    folder.mkdir(parents=True)
    git(tmp_path, "init", "--quiet")
    for name in ("__init__", "0001_initial", "0002_columns"):
        (folder / f"{name}.py").touch()
    commit(tmp_path)
    git(tmp_path, "tag", "--annotate", "v1.1.0", "--message", "Dashboard 1.1.0")
    (folder / "0003_later.py").touch()
    commit(tmp_path)
    file = tmp_path / "previous_release.toml"
    file.write_text("# A comment.\nversion = '1.0.0'\ncommit = 'a'\n[migrations]\nevents = '0001_initial'\n")
    monkeypatch.setattr(previous_release, "PROJECT", tmp_path)
    monkeypatch.setattr(previous_release, "FILE", file)
    return tmp_path


def commit(project: Path) -> None:
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "Change")


def test_release_is_noted_with_its_migrations(project: Path) -> None:
    previous_release.main(["v1.1.0"])
    noted = previous_release.previous_release()
    assert (noted.version, noted.migrations) == ("1.1.0", {"accounts": "0002_columns"})
    assert len(noted.commit) == 40
    assert previous_release.FILE.read_text().startswith("# A comment.\n")


@pytest.mark.parametrize("arguments", [[], ["1.1.0"], ["v1.1.0", "v1.2.0"]])
def test_a_tag_is_required(project: Path, arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="Name the tag of a release"):
        previous_release.main(arguments)


def test_the_noted_release_is_not_a_later_one() -> None:
    def numbers(version: str) -> Any:
        return tuple(map(int, version.split(".")))

    assert numbers(previous_release.previous_release().version) <= numbers(__version__)
