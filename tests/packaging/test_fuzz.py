"""The settings of `make fuzz` are those of an application that starts."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from fuzz.environment import environment

pytestmark = [pytest.mark.process, pytest.mark.exhaustive]


def test_the_application_that_is_fuzzed_starts(tmp_path: Path) -> None:
    variables = {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | environment(str(tmp_path))
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=settings.BASE_DIR, env=variables, check=True)
    assert (tmp_path / "fuzz.sqlite3").exists()
