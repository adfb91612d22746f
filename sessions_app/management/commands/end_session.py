"""`manage.py end_session SESSIONID`: end one session."""

from typing import Any

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor
from dashboard.core.json import JSON
from sessions_app.models import Session
from sessions_app.services import sessions


class Command(SingleObjectCommand):
    help = "End one session."
    examples = (
        "sess_b531a08d704a21c3",
        "sess_b531a08d704a21c3 --dry-run",
    )
    subject = "sessionid"

    def change(self, given: str, actor: Actor, **options: Any) -> Result:
        session = sessions.set_session_ended(given, actor)
        return Result(f"{session.sessionid} of {session.account_id}: ended", _without_csrf_token(session))


def _without_csrf_token(session: Session) -> JSON:
    return {name: value for name, value in session.as_json().items() if name != "csrfToken"}
