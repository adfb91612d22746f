"""Dashboard's command line: `manage.py`, `python -m dashboard_project` and, once installed, `dashboard`."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.db import Error
from environs import EnvError

from dashboard import __version__
from dashboard.cli.encoding import prepare_output
from dashboard.cli.streams import complete_output, open_closed_streams
from dashboard_project.command_line import CommandLine


def main() -> None:
    """Run the command that the arguments name; `help` lists them all.

    `version` and `--version` print Dashboard's version, where Django's own command line prints Django's. A setting or a
    database that cannot be used, or output that cannot be written, ends every command with one line and status 1.
    """
    open_closed_streams()
    prepare_output()
    with complete_output():
        _run()


def _run() -> None:
    if sys.argv[1:] in (["version"], ["--version"]):
        sys.stdout.write(f"{__version__}\n")
        return
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
    try:
        CommandLine(sys.argv).execute()
    except (EnvError, ImproperlyConfigured) as error:
        sys.exit(f"Dashboard cannot start. {error}")
    except Error as error:
        _exit_with_explanation(error)


def _exit_with_explanation(error: Error) -> None:
    from dashboard.db.failures import explain  # noqa: PLC0415  it needs the settings

    if "--traceback" in sys.argv or (explanation := explain(error)) is None:
        raise error
    sys.exit(f"Failed: {explanation}")


if __name__ == "__main__":
    main()
