"""Refuse dependencies with known vulnerabilities or unlisted licences: `python -m scripts.dependencies`."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
LOCK = PROJECT / "requirements.txt"
NAME = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)
# Licences that let anybody run, change and pass on Dashboard with these packages, by the words that name them.
LICENCES = re.compile(
    r"MIT|BSD|Apache|ISC|Python Software Foundation|PSF|MPL-2\.0|Mozilla Public License 2\.0|LGPL"
    r"|Lesser General Public",
    re.IGNORECASE,
)
TIME_LIMIT = 120  # seconds


def main() -> None:
    """Exit with status 1 and a line for each package that is refused."""
    report = _audit()
    unknown = list(not_audited(report))
    if unknown:
        sys.stdout.write(f"Not audited, since the index does not say anything about them: {len(unknown)} packages\n")
    refused = [*vulnerable(report), *unlicensed(_licences())]
    if refused:
        sys.exit("\n".join(refused))
    if audited := len(report["dependencies"]) - len(unknown):
        sys.stdout.write(f"{audited} packages have no known vulnerability.\n")
    sys.stdout.write("All licences are listed.\n")


def vulnerable(report: dict[str, Any]) -> Iterator[str]:
    """Yield a sentence for each known vulnerability in a report of pip-audit."""
    for package in report["dependencies"]:
        for found in package.get("vulns", ()):
            fixed = ", ".join(found["fix_versions"]) or "no version"
            yield f"{package['name']} {package['version']} has {found['id']}; fixed in {fixed}."


def not_audited(report: dict[str, Any]) -> Iterator[str]:
    """Yield the names of the packages of which pip-audit found out nothing, for instance without a network."""
    return (package["name"] for package in report["dependencies"] if "skip_reason" in package)


def unlicensed(licences: list[dict[str, str]]) -> Iterator[str]:
    """Yield a sentence for each package whose licence LICENCES does not list."""
    for package in licences:
        if not LICENCES.search(package["License"]):
            yield f"{package['Name']} has the licence {package['License']}, which LICENCES does not list."


def _audit() -> dict[str, Any]:
    """Return pip-audit's report on requirements.txt. Without an index it has no package at all."""
    command = [sys.executable, "-m", "pip_audit", "--requirement", str(LOCK), "--no-deps", "--disable-pip"]
    try:
        said = _output([*command, "--format", "json", "--progress-spinner", "off"])
        report: dict[str, Any] = json.loads(said)
    except (ValueError, subprocess.TimeoutExpired):
        names = NAME.findall(LOCK.read_text())
        return {"dependencies": [{"name": name, "skip_reason": "no index"} for name in names]}
    return report


def _licences() -> list[dict[str, str]]:
    command = [sys.executable, "-m", "piplicenses", "--from", "mixed", "--format", "json", "--packages"]
    licences: list[dict[str, str]] = json.loads(_output([*command, *NAME.findall(LOCK.read_text())]))
    return licences


def _output(command: list[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False).stdout


if __name__ == "__main__":
    main()
