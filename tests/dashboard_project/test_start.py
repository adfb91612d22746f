"""A bad value stops the start with one line."""

import re
from pathlib import Path

import pytest

from dashboard_project import __main__ as command_line
from tests.dashboard_project.environment import CHECK, POSTGRESQL, Load, start


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"PORT": "http"}, "PORT"),
        ({"DATABASE_URL": "mysql://localhost/x", "SECRET_KEY": "a secret"}, "DATABASE_URL"),
        ({"DATABASE_URL": POSTGRESQL}, "SECRET_KEY"),
        ({"USER_PROFILE_FIELDS": "nickname"}, "USER_PROFILE_FIELDS"),
        ({"APPLICATION_SERVER": "https://example.com"}, "APPLICATION_SERVER_TOKEN"),
        ({"DASHBOARD_ENCRYPTION_KEY": "node:none"}, "DASHBOARD_ENCRYPTION_KEY"),
    ],
)
def test_a_bad_value_stops_the_start_with_one_line(
    load: Load, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], named: str
) -> None:
    if "SECRET_KEY" not in environment:
        monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setattr(command_line.CommandLine, "execute", lambda line: load(**environment))
    with pytest.raises(SystemExit, match=rf"^Dashboard cannot start\. .*\b{named}\b.*$") as end:
        command_line.main()
    assert "\n" not in str(end.value)


@pytest.mark.process
def test_a_process_that_a_bad_value_stops(project: Path) -> None:
    started = start(project, *CHECK, PORT="http")
    assert (started.returncode, started.stdout) == (1, "")
    assert re.fullmatch(r"Dashboard cannot start\. .*\bPORT\b.*\n", started.stderr)
