"""`make bench-parts`: requests are answered with each of the replacements, too."""

import subprocess
import sys

import pytest

from benchmarks.parts import CASES, VARIANTS
from tests.gateway.serving import environment_of_servers

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]


def test_every_replacement_answers_every_case() -> None:
    command = [sys.executable, "-m", "benchmarks.parts", "--rounds", "1"]
    run = subprocess.run(
        command, env=environment_of_servers(), capture_output=True, text=True, check=False, timeout=600
    )
    assert run.returncode == 0, run.stderr
    _, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in run.stdout.strip().splitlines())
    assert [row[0] for row in rows] == [*VARIANTS]
    assert {len(row) for row in rows} == {1 + len(CASES)}
