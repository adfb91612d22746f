"""`manage.py unlock_account ACCOUNTID`: lift the lockout of an account."""

from typing import Any

from accounts.services import credentials
from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor


class Command(SingleObjectCommand):
    help = "Lift the lockout of an account and reset its count of wrong passwords."

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        account = credentials.unlock_account(given, actor)
        return Result(f"{account.accountid}: unlocked", account.as_json())
