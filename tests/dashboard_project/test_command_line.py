"""The command line itself: manage.py, `python -m dashboard_project` and the command `dashboard` share it."""

import sys

import pytest
from django.conf import settings

from dashboard import __version__
from dashboard_project.__main__ import main


@pytest.mark.parametrize("argument", ["--version", "version"])
def test_version_is_dashboards(argument, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["manage.py", argument])
    main()
    assert capsys.readouterr().out == f"{__version__}\n"


def test_version_of_a_command_is_left_to_django(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["manage.py", "help", "migrate"])
    main()
    assert "--fake-initial" in capsys.readouterr().out


def test_openapi_document_has_the_version():
    assert settings.SPECTACULAR_SETTINGS["VERSION"] == __version__
