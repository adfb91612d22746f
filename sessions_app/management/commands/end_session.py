"""`manage.py end_session SESSIONID`: ends a session, by an operator."""

from dashboard.cli.commands import OneRowCommand, Outcome
from dashboard.core.actor import Actor
from dashboard.core.json import Wire
from sessions_app import services
from sessions_app.models import Session


class Command(OneRowCommand):
    help = "End a session."
    subject = "sessionid"

    def change(self, given: str, actor: Actor) -> Outcome:
        session = services.set_session_ended(given, actor)
        return Outcome(f"{session.sessionid}: ended, of {session.account_id}", _told(session))


def _told(session: Session) -> Wire:
    """The session without its CSRF token, which is its holder's."""
    return {name: value for name, value in session.as_wire().items() if name != "csrfToken"}
