"""`manage.py reset_session_key ACCOUNTID`: ends every session of an account, by an operator."""

from accounts.services import credentials
from dashboard.cli.commands import OneRowCommand, Outcome
from dashboard.core.actor import Actor


class Command(OneRowCommand):
    help = "End every session of an account by giving it a new session key."

    def change(self, given: str, actor: Actor) -> Outcome:
        account = credentials.reset_session_key(given, actor)
        said = f"{account.accountid}: every session ended, session key {account.session_key_number}"
        return Outcome(said, account.as_wire())
