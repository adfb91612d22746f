"""`manage.py prove_revocation --app URL`: measure how long an application accepts sessions that have ended."""

from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandParser

from accounts.services.registration import has_accounts
from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.errors import Failed
from dashboard.cli.prompts import require_text
from dashboard.core.json import JSON
from operations import revocation_proof
from operations.revocation_proof import NotProvableError, Page, Proof

WRONG_ARGUMENTS = (
    "Give the URL of a page, such as https://app.example.com/members, at least one round, and no negative time. Write"
    " letters beyond ASCII in the URL as %C3%BC."
)


class Command(OperatorCommand):
    help = (
        "Measure how long an application still accepts sessions that have ended. Create accounts, sign them in, end"
        " their sessions while constantly requesting a page of the application, and delete the accounts. Exit with"
        " status 1 if a session was accepted for longer than --within."
    )
    examples = (
        "--app https://app.example.com/members",
        "--app http://localhost:3000/ --rounds 10 --within 0",
    )

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--app", required=True, metavar="URL", help="a page of the application that requires signing in"
        )
        parser.add_argument("--rounds", type=int, default=3, help="how many sessions to end in each way (3)")
        parser.add_argument("--within", type=float, default=1.0, help="how many seconds are allowed (1)")
        parser.add_argument(
            "--cookie-names",
            nargs=2,
            default=revocation_proof.COOKIE_NAMES,
            metavar=("SESSIONID", "TOKEN"),
            help="the names of the application's cookies, without __Host- (sessionid token)",
        )

    def perform(
        self, *args: Any, app: str, rounds: int, within: float, cookie_names: list[str], **options: Any
    ) -> Result | None:
        require_text(app, *cookie_names)
        if not _is_page(app) or not "".join(cookie_names).isascii() or rounds < 1 or not within >= 0:
            raise Failed(WRONG_ARGUMENTS)
        if not has_accounts():
            raise Failed("There is no account yet, and a made-up one would become the owner. Create the owner first.")
        proofs = self._prove(Page(app, (cookie_names[0], cookie_names[1])), rounds, is_quiet=options["json"])
        longest = max((proof.seconds or 0.0 for proof in proofs), default=0.0)
        if longest > within:
            raise Failed(f"An ended session was accepted for {longest:.3f} s: longer than {within:g} s.")
        text = f"{len(proofs)} sessions were ended. None was accepted for longer than {longest:.3f} s."
        return Result(text, {"longest": longest, "proofs": [_as_json(proof) for proof in proofs]})

    def _prove(self, page: Page, rounds: int, *, is_quiet: bool) -> list[Proof]:
        proofs = []
        try:
            for proof in revocation_proof.prove(page, rounds):
                proofs.append(proof)
                if not is_quiet:
                    self.write_line(_as_text(proof))
        except NotProvableError as error:
            raise Failed(str(error)) from error
        return proofs


def _is_page(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and url.isascii()


def _as_text(proof: Proof) -> str:
    if proof.seconds is None:
        return f"{proof.way:<20} refused at once; {proof.requests} requests"
    return f"{proof.way:<20} accepted for {proof.seconds:.3f} s; {proof.requests} requests"


def _as_json(proof: Proof) -> JSON:
    return {"way": proof.way, "seconds": proof.seconds, "requests": proof.requests}
