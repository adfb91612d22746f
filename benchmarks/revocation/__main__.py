"""`python -m benchmarks.revocation stress|outage`: see commands.py."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
django.setup()

from benchmarks.revocation import commands  # noqa: E402  its models want the settings

if __name__ == "__main__":
    commands.main()
