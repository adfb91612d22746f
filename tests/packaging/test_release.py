"""What `make release` refuses before it checks, builds and tags anything."""

import subprocess
from pathlib import Path

import pytest

from dashboard import __version__
from scripts.release import main

OTHER = "98.76.54"


def git(project: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=A developer", "-c", "user.email=developer@example.com"]
    subprocess.run(["git", "-C", project, *identity, *arguments], check=True, capture_output=True)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository that can be released."""
    (tmp_path / "CHANGELOG.md").write_text(f"# Changelog\n\n## [Unreleased]\n\n## [{__version__}] - 2026-11-26\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Release")
    return tmp_path


def refusal(project: Path, *arguments: str) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments), project)
    return str(ended.value.code).splitlines()


def test_release_that_is_ready(project: Path) -> None:
    main([__version__], project)


@pytest.mark.parametrize("arguments", [[], [""], ["1.0"], ["v1.0.0"], ["1.0.0rc1"], ["01.0.0"], ["1.0.0", "1.0.0"]])
def test_version_of_three_numbers_is_required(project: Path, arguments: list[str]) -> None:
    assert refusal(project, *arguments) == ["Name a version of three numbers: make release VERSION=1.2.3"]


def test_version_of_the_package_is_required(project: Path) -> None:
    assert f"- dashboard/__init__.py says {__version__}." in refusal(project, OTHER)


@pytest.mark.parametrize(
    "heading",
    [
        "## Unreleased",
        "## {version} - 2026-11-26",
        "## [{version}]",
        "### [{version}] - 2026-11-26",
        "## [{version}] - soon",
        "## [{version}1] - 2026-11-26",
    ],
)
def test_dated_heading_is_required(project: Path, heading: str) -> None:
    (project / "CHANGELOG.md").write_text(f"# Changelog\n\n{heading.format(version=__version__)}\n")
    git(project, "commit", "--all", "--quiet", "--message", "Change the change log")
    assert refusal(project, __version__)[1:] == [f"- CHANGELOG.md has no heading: ## [{__version__}] - YYYY-MM-DD."]


def test_everything_must_be_committed(project: Path) -> None:
    with (project / "CHANGELOG.md").open("a") as changelog:
        changelog.write("\n")
    (project / "new.py").touch()
    assert refusal(project, __version__)[1:] == ["- Not committed: CHANGELOG.md, new.py."]


def test_existing_tag_stays(project: Path) -> None:
    git(project, "tag", "--annotate", f"v{__version__}", "--message", "Released before")
    assert refusal(project, __version__)[1:] == [f"- The tag v{__version__} exists."]


def test_all_obstacles_are_named_at_once(project: Path) -> None:
    git(project, "tag", f"v{OTHER}")
    (project / "new.py").touch()
    first, *obstacles = refusal(project, OTHER)
    assert first == f"Version {OTHER} cannot be released:"
    assert len(obstacles) == 4
