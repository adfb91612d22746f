"""`manage.py remove_second_factors ACCOUNTID`: let somebody sign in again who has lost their second factors."""

from typing import Any

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor
from second_factors.services import enrolment


class Command(SingleObjectCommand):
    help = (
        "Remove every second factor and recovery code of an account, and end its sessions."
        " The password alone is then enough to sign in."
    )

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        account = enrolment.remove_second_factors(given, actor)
        return Result(f"{account.accountid}: second factors removed, sessions ended", account.as_json())
