"""`manage.py reset_session_key ACCOUNTID`: end every session of an account."""

from typing import Any

from accounts.services import credentials
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "End every session of an account by giving it a new session key."

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        account = credentials.reset_session_key(given, actor)
        return Result(
            f"{account.accountid}: every session ended, session key {account.session_key_resets}", account.as_json()
        )
