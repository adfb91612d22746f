"""Parameters of the routes of reset codes, and the errors that they share."""

from dataclasses import replace

from accounts.parameters import USERNAME
from dashboard.api.parameters import ACCOUNTID, BodyField, bounded_text, id_parameter, text_schema
from dashboard.core.errors import ErrorCode

CODEID = id_parameter("codeid", "code", "The reset code.")
SECRET_CODE = BodyField(
    "secret-code",
    "The code to tell the person who is locked out.",
    lambda: bounded_text("RESET_CODE") | {"pattern": "^[a-zA-Z0-9]*$"},
    example="K7PQ2MX9T4",
)
USED_CODE = BodyField(
    "secret-code",
    "The code. One that Dashboard has generated may be sent without its hyphens, and in lower case.",
    text_schema,
    example="K7PQ2MX9T4",
)

OPTIONAL_ACCOUNTID = replace(ACCOUNTID, description="The account; without it, username names it.", required=False)
OPTIONAL_USERNAME = replace(USERNAME, description="The username of the account.", required=False)

CODEID_ERRORS = (ErrorCode.CODEID_MISSING, ErrorCode.CODEID_UNKNOWN)
OWN_CODE_ERRORS = (*CODEID_ERRORS, ErrorCode.NOT_OWNED)
SECRET_CODE_ERRORS = (
    ErrorCode.SECRET_CODE_MISSING,
    ErrorCode.SECRET_CODE_INVALID,
    ErrorCode.SECRET_CODE_LENGTH,
    ErrorCode.SECRET_CODE_TRIVIAL,
    ErrorCode.TOO_MANY_RESET_CODES,
)
