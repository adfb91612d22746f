"""`manage.py purge_sign_in_clients`: forget networks and browsers that have not signed in for a long time."""

from typing import Any

from accounts.services import sign_in_clients
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import counted


class Command(OperatorCommand):
    help = (
        "Forget the networks and browsers that have tried to sign in. Those that have never signed in are forgotten"
        " a day after they were last seen, all others 400 days after. Run it daily."
    )

    def perform(self, *args: Any, **options: Any) -> Result:
        count = sign_in_clients.count_old_clients()
        deleted = self.run_in_batches(sign_in_clients.purge_sign_in_clients(), count, "sign-in client", "deleted")
        return Result(f"{counted(deleted, 'sign-in client')} deleted", {"deleted": deleted})
