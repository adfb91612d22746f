#!/usr/bin/env python
"""Dashboard's command line in a checkout: `python manage.py help` lists the commands."""

from dashboard_project.__main__ import main

if __name__ == "__main__":
    main()
