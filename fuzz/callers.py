"""The callers of fuzzed requests."""

from dataclasses import dataclass

from accounts.services import registration
from dashboard.core.actor import Actor
from sessions_app.services import sessions

PASSWORD = "a long password for fuzzing"  # noqa: S105


@dataclass(frozen=True)
class Caller:
    """Who makes a request, by the value of the Cookie header."""

    cookie: str


def callers() -> list[Caller]:
    """Create the owner and a user. Return them, signed in, and a guest."""
    return [Caller(""), *(Caller(_signed_in(username)) for username in ("the-owner", "a-user-of-it"))]


def _signed_in(username: str) -> str:
    registration.create_account(username, PASSWORD, {}, Actor.command_line())
    session = sessions.create_session(username, PASSWORD, "days", Actor.command_line())
    return f"sessionid={session.sessionid}; token={session.token}"
