"""Refuse a release that is not ready: `python -m scripts.release 1.2.3`, which `make release` runs first."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from dashboard import __version__

PROJECT = Path(__file__).resolve().parent.parent
VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")  # https://semver.org, without pre-releases


def main(arguments: list[str], project: Path = PROJECT) -> None:
    """Exit with status 1 and all obstacles, unless `project` can be released as the version in `arguments`."""
    version = arguments[0] if len(arguments) == 1 else ""
    if not VERSION.fullmatch(version):
        sys.exit("Name a version of three numbers: make release VERSION=1.2.3")
    found = list(obstacles(version, project))
    if found:
        sys.exit("\n".join([f"Version {version} cannot be released:", *(f"- {it}" for it in found)]))


def obstacles(version: str, project: Path) -> Iterator[str]:
    """Yield a sentence for everything that prevents the release of what is committed."""
    if version != __version__:
        yield f"dashboard/__init__.py says {__version__}."
    if not has_heading((project / "CHANGELOG.md").read_text(), version):
        yield f"CHANGELOG.md has no heading: ## [{version}] - YYYY-MM-DD."
    if changes := _git(project, "status", "--porcelain").splitlines():
        yield f"Not committed: {', '.join(change[3:] for change in changes)}."
    if _git(project, "tag", "--list", f"v{version}"):
        yield f"The tag v{version} exists."


def has_heading(changelog: str, version: str) -> bool:
    """Return whether the change log has a section for this version, with its date."""
    return bool(re.search(rf"^## \[{re.escape(version)}\] - \d{{4}}-\d\d-\d\d$", changelog, re.MULTILINE))


def _git(project: Path, *arguments: str) -> str:
    command = ["git", "-C", str(project), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(sys.argv[1:])
