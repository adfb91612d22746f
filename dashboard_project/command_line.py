"""`manage.py help`: Dashboard's commands first, in groups, with a line for each, and Django's after them."""

import sys
from collections.abc import Iterator

from django.core.management import BaseCommand, ManagementUtility, get_commands, load_command_class
from django.core.management.color import color_style

GROUPS = {
    "Server": ("serve", "migrate", "doctor"),
    "Accounts": (
        "create_account",
        "show_account",
        "export_account",
        "export_list",
        "set_administrator",
        "reset_administrator",
        "set_owner",
        "unlock_account",
        "remove_second_factors",
        "schedule_deletion",
        "restore_account",
        "delete_account",
    ),
    "Sessions and reset codes": ("end_session", "end_sessions", "reset_session_key", "create_reset_code"),
    "Service credentials": ("create_credential", "list_credentials", "revoke_credential"),
