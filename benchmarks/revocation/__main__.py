"""`python -m benchmarks.revocation stress|outage`: see commands.py."""

import os
import secrets

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
os.environ.setdefault("SECRET_KEY", secrets.token_hex())  # settings require one; the servers get their own
django.setup()

from benchmarks.revocation import commands  # noqa: E402  needs the settings

if __name__ == "__main__":
    commands.main()
