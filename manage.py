#!/usr/bin/env python
"""Dashboard's command line in a checkout: `python manage.py help` lists the commands."""

import sys

try:
    from dashboard_project.__main__ import main
except ModuleNotFoundError as error:
    sys.exit(
        f"Dashboard cannot start. {sys.executable} does not have the package {error.name}:"
        " run make install, and then .venv/bin/python manage.py."
    )

if __name__ == "__main__":
    main()
