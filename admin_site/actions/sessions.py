"""What can be done to sessions and to reset codes."""

from django.utils import timezone

from admin_site.actions.base import Operation
from admin_site.requests import actor_of
from resetcodes.services import reset_codes
from sessions_app.services import sessions

SESSION_OPERATIONS = (
    Operation(
        "set-session-ended",
        "End the session",
        "logout",
        "Whoever is signed in with it is signed out at their next click. They can sign in again.",
        "The session has ended.",
        lambda sessionid, request, _: sessions.set_session_ended(sessionid, actor_of(request)),
        lambda session: not session.is_ended(timezone.now()),
    ),
)
RESET_CODE_OPERATIONS = (
    Operation(
        "delete-reset-code",
        "Take back",
        "key_off",
        "The code opens nothing any more. Another one can be created.",
        "The reset code was taken back.",
        lambda codeid, request, _: reset_codes.delete_reset_code(codeid, actor_of(request)),
    ),
)
