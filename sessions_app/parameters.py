"""Parameters of the routes of sessions, and the errors that they share."""

from dataclasses import replace

from dashboard.api.parameters import BodyField, QueryParameter, id_parameter
from dashboard.api.schema.objects import constant, one_of
from dashboard.core.errors import ErrorCode

SESSIONID = id_parameter("sessionid", "sess", "The session.")
OPTIONAL_SESSIONID = replace(
    SESSIONID,
    description="The session. Without it, the session that makes the request, unless OWN_SESSION_WITHOUT_ID is false.",
    required=False,
)
REMEMBER = BodyField(
    "remember",
    "How long to stay signed in: hours (8 hours) or days (30 days). The default is 20 minutes.",
    lambda: one_of(["hours", "days"]),
    required=False,
)

CONDITIONS = (
    QueryParameter("administrator", "The account must be an administrator's.", lambda: constant(""), required=False),
    QueryParameter("owner", "The account must be the owner's.", lambda: constant(""), required=False),
    QueryParameter(
        "verified",
        "The password must have been verified within so many seconds.",
        lambda: {"type": "integer", "minimum": 0, "maximum": 999_999_999},
        required=False,
    ),
)

SESSIONID_ERRORS = (ErrorCode.SESSIONID_MISSING, ErrorCode.SESSIONID_UNKNOWN)
OWN_SESSION_ERRORS = (*SESSIONID_ERRORS, ErrorCode.NOT_OWNED)
