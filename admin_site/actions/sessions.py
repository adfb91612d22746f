"""Actions on sessions and reset codes."""

from django.utils import timezone

from admin_site.actions.base import ServiceAction
from admin_site.requests import actor_of
from resetcodes.services import reset_codes
from sessions_app.services import sessions

SESSION_ACTIONS = (
    ServiceAction(
        "set-session-ended",
        title="End session",
        icon="logout",
        description="The browser that uses this session is signed out at its next request. It can sign in again.",
        effect_on_self="If you are using this session now, you are signed out, and have to sign in again.",
        success_message="The session has ended.",
        call=lambda sessionid, request, _: sessions.set_session_ended(sessionid, actor_of(request)),
        is_available=lambda session: session.is_endable(timezone.now()),
    ),
)
RESET_CODE_ACTIONS = (
    ServiceAction(
        "delete-reset-code",
        title="Revoke",
        icon="key_off",
        description="The reset code can no longer be used. You can create a new one.",
        success_message="The reset code was revoked.",
        call=lambda codeid, request, _: reset_codes.delete_reset_code(codeid, actor_of(request)),
    ),
)
