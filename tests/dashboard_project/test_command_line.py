"""The command line itself: manage.py, `python -m dashboard_project` and the command `dashboard` share it."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, get_commands, load_command_class

from dashboard import __version__
from dashboard_project.__main__ import main
from dashboard_project.command_line import INSTEAD
from tests.dashboard_project.environment import PACKAGES


@pytest.mark.parametrize("argument", ["--version", "version"])
def test_version_is_dashboards(argument, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["manage.py", argument])
    main()
    assert capsys.readouterr().out == f"{__version__}\n"


@pytest.mark.process
def test_python_without_the_packages_is_told_where_they_are():
    command = [sys.executable, "-S", Path(settings.BASE_DIR) / "manage.py", "doctor"]  # without site-packages
    ended = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
    assert ended.stderr.startswith(f"Dashboard cannot start. {sys.executable} does not have the package django:")


OURS = {name: app for name, app in get_commands().items() if app.partition(".")[0] in PACKAGES}


def listed(monkeypatch, capsys, *arguments) -> str:
    monkeypatch.setattr(sys, "argv", ["manage.py", *arguments])
    main()
    return capsys.readouterr().out


def test_help_lists_our_commands_first_with_a_line_for_each(monkeypatch, capsys):
    text = listed(monkeypatch, capsys, "help")
    ours, others = text.split("Commands of Django and of libraries")
    lines = dict(re.findall(r"^  (\w+) +([A-Z].*\.)$", ours, re.MULTILINE))
    assert OURS.keys() - lines.keys() == set(), "Add these commands to GROUPS in dashboard_project/command_line.py."
    assert lines.keys() == OURS.keys()
    assert set(others.split()) == get_commands().keys() - lines.keys() - INSTEAD.keys()
    assert max(map(len, text.splitlines())) <= 120
    assert lines["end_session"] == "End one session."


def test_help_names_the_program(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["/opt/dashboard/bin/dashboard"])
    main()
    assert "Type 'dashboard help COMMAND' for its options" in capsys.readouterr().out


@pytest.mark.parametrize("arguments", [("createsuperuser",), ("help", "createsuperuser"), ("changepassword", "--help")])
def test_commands_for_djangos_users_name_ours(monkeypatch, capsys, arguments):
    with pytest.raises(SystemExit, match=r"Use manage.py create_(account --owner|reset_code)\.$"):
        listed(monkeypatch, capsys, *arguments)


def test_names_alone_are_left_to_django(monkeypatch, capsys):
    assert listed(monkeypatch, capsys, "help", "--commands").split() == sorted(get_commands())


def parse(parser, arguments):
    try:
        parser.parse_args(arguments)
    except CommandError as error:
        pytest.fail(f"{error}. Give the command `examples` that can be parsed: the arguments of each call.")


@pytest.mark.parametrize("name", OURS)
def test_help_of_a_command_ends_with_examples_that_can_be_parsed(name):
    parser = load_command_class(OURS[name], name).create_parser("manage.py", name)
    text = parser.format_help()
    options, examples = text.split("\nexamples:\n")
    lines = examples.splitlines()
    assert lines
    for line in lines:
        words = shlex.split(re.split(" [<>|]", line)[0])
        assert words[:2] == ["manage.py", name]
        parse(parser, words[2:])
    for rare in ("--settings", "--pythonpath", "--force-color", "--verbosity"):
        assert rare not in options


def test_version_option_of_a_command_prints_ours(capsys):
    with pytest.raises(SystemExit):
        load_command_class(OURS["serve"], "serve").create_parser("manage.py", "serve").parse_args(["--version"])
    assert capsys.readouterr().out == f"{__version__}\n"


def test_version_of_a_command_is_left_to_django(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["manage.py", "help", "migrate"])
    main()
    assert "--fake-initial" in capsys.readouterr().out


def test_openapi_document_has_the_version():
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == __version__
