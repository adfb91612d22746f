"""Parameters of the routes of sessions, and the errors that they share."""

from dashboard.api.parameters import BodyField, id_parameter
from dashboard.api.schema.objects import one_of
from dashboard.core.errors import ErrorCode

SESSIONID = id_parameter("sessionid", "sess", "The session.")
REMEMBER = BodyField(
    "remember",
    "How long to stay signed in: hours (8 hours) or days (30 days). The default is 20 minutes.",
    lambda: one_of(["hours", "days"]),
    required=False,
)

SESSIONID_ERRORS = (ErrorCode.SESSIONID_MISSING, ErrorCode.SESSIONID_UNKNOWN)
OWN_SESSION_ERRORS = (*SESSIONID_ERRORS, ErrorCode.NOT_OWNED)
