"""`manage.py revoke_credential CREDENTIALID`: revoke the API key of a program."""

from typing import Any

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor
from service_credentials.services import credentials


class Command(SingleObjectCommand):
    help = "Revoke a service credential, and delete the unused reset codes that its service has created."
    subject = "credentialid"
    examples = ("cred_8485ad4a95d2eac8", "cred_8485ad4a95d2eac8 --dry-run")

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        credential = credentials.revoke_credential(given, actor)
        return Result(f"{credential.credentialid}: revoked", credential.as_json())
