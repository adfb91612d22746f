"""`manage.py help`: Dashboard's commands first, in groups, with a line for each, and Django's after them."""

import sys
from collections.abc import Iterator

from django.core.management import BaseCommand, ManagementUtility, get_commands, load_command_class
from django.core.management.color import color_style

GROUPS = {
    "Server": ("serve", "upgrade_check", "migrate", "doctor", "recount_rows", "after_restore"),
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
    "Sessions and reset codes": (
        "end_session",
        "end_sessions",
        "reset_session_key",
        "create_reset_code",
        "prove_revocation",
    ),
    "Service credentials": ("create_credential", "list_credentials", "revoke_credential"),
    "Feed of events, and webhooks": (
        "list_feed_readers",
        "delete_feed_reader",
        "deliver",
        "create_webhook",
        "list_webhooks",
        "rotate_webhook_secret",
        "enable_webhook",
        "disable_webhook",
        "delete_webhook",
        "list_dead_letters",
        "send_again",
    ),
    "Regular tasks": (
        "purge_deleted_accounts",
        "purge_sessions",
        "purge_sign_in_clients",
        "rollup_metrics",
        "purge_events",
    ),
    "Demo data, and moving from the Node Dashboard": ("seed_demo", "import_node_dashboard"),
    "Development": ("api_reference",),
}
INSTEAD = {"createsuperuser": "create_account --owner", "changepassword": "create_reset_code"}  # of Django's
WIDTH, WIDTH_OF_OTHERS = 24, 28  # columns of the longest names


class CommandLine(ManagementUtility):
    """Django's command line with a list of commands that begins with ours."""

    def main_help_text(self, commands_only: bool = False) -> str:  # noqa: FBT001, FBT002  Django's signature
        if commands_only or self.settings_exception is not None:
            return super().main_help_text(commands_only)
        commands = get_commands()
        usage = f"Type '{self.prog_name} help COMMAND' for its options, with examples."
        return "\n".join([usage, *_ours(commands), *_others(commands)])

    def fetch_command(self, subcommand: str) -> BaseCommand:
        """Return a command. Django's commands for its own users name Dashboard's equivalent, and exit."""
        if subcommand in INSTEAD:
            sys.exit(f"Refused: accounts are not Django's users. Use {self.prog_name} {INSTEAD[subcommand]}.")
        return super().fetch_command(subcommand)


def _ours(commands: dict[str, str]) -> Iterator[str]:
    for group, names in GROUPS.items():
        yield f"\n{color_style().NOTICE(group)}"
        yield from (f"  {name:<{WIDTH}}{_summary(commands[name], name)}" for name in names)


def _summary(app: str, name: str) -> str:
    sentence = load_command_class(app, name).help.partition(". ")[0]
    return f"{sentence.rstrip('.')}."


def _others(commands: dict[str, str]) -> Iterator[str]:
    listed = {*INSTEAD, *(name for names in GROUPS.values() for name in names)}
    others = sorted(commands.keys() - listed)
    yield f"\n{color_style().NOTICE('Commands of Django and of libraries')}"
    for start in range(0, len(others), 3):
        yield "  " + "".join(f"{name:<{WIDTH_OF_OTHERS}}" for name in others[start : start + 3]).rstrip()
