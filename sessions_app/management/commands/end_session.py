"""`manage.py end_session SESSIONID`: ends a session, by an operator."""

from dashboard.cli.commands import Result, SingleObjectCommand
from dashboard.core.actor import Actor
from dashboard.core.json import JSON
from sessions_app.models import Session
from sessions_app.services import sessions


class Command(SingleObjectCommand):
    help = "End a session."
    subject = "sessionid"

    def change(self, given: str, actor: Actor) -> Result:
        session = sessions.set_session_ended(given, actor)
        return Result(f"{session.sessionid}: ended, of {session.account_id}", _told(session))


def _told(session: Session) -> JSON:
    """The session without its CSRF token, which is its holder's."""
    return {name: value for name, value in session.as_json().items() if name != "csrfToken"}
