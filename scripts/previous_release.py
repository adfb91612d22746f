"""Note the release that serves while the next one's migrations run: `python -m scripts.previous_release v1.1.0`."""

import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).resolve().parent.parent
FILE = PROJECT / "scripts" / "previous_release.toml"


@dataclass(frozen=True)
class PreviousRelease:
    """A release: its version, its commit, and the last migration of each app that has any."""

    version: str
    commit: str
    migrations: dict[str, str]


def previous_release() -> PreviousRelease:
    """Return what the file says."""
    return PreviousRelease(**tomllib.loads(FILE.read_text()))


def main(arguments: list[str]) -> None:
    """Write the file for the release with this tag."""
    if len(arguments) != 1 or not arguments[0].startswith("v"):
        sys.exit("Name the tag of a release: python -m scripts.previous_release v1.1.0")
    comment = [line for line in FILE.read_text().splitlines() if line.startswith("# ")]
    commit = _git("rev-parse", "--verify", f"{arguments[0]}^{{commit}}").strip()
    lines = [
        f'version = "{arguments[0].removeprefix("v")}"',
        f'commit = "{commit}"',
        "",
        "[migrations] # the last one of each app",
        *(f'{app} = "{name}"' for app, name in sorted(_last_migrations(commit).items())),
    ]
    FILE.write_text("\n".join([*comment, *lines, ""]))


def _last_migrations(commit: str) -> dict[str, str]:
    """Return the last migration of each app in a commit. Their names begin with a number."""
    files = map(PurePosixPath, sorted(_git("ls-tree", "-r", "--name-only", commit).splitlines()))
    return {
        file.parts[0]: file.stem
        for file in files
        if len(file.parts) == 3 and file.parts[1] == "migrations" and file.stem[:4].isdigit()
    }


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(PROJECT), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main(sys.argv[1:])
