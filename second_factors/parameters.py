"""Parameters of the routes of second factors, and the errors that they share."""

from dataclasses import replace

from rest_framework.request import Request

from dashboard.api.parameters import BodyField, id_parameter, text_schema
from dashboard.api.schema.objects import hex_digits, one_of
from dashboard.core.errors import ErrorCode
from dashboard.core.text import ONE_LINE
from second_factors.models import FactorType
from second_factors.services.enrolment import MAX_NAME_LENGTH
from second_factors.services.proofs import Proof

FACTORID = id_parameter("factorid", "fact", "The second factor.")
FACTOR_TYPE = BodyField(
    "factor-type", "An authenticator app (totp), or a passkey.", lambda: one_of(FactorType.values), example="totp"
)
NEW_NAME = BodyField(
    "name",
    "What its owner calls it.",
    lambda: text_schema(1, MAX_NAME_LENGTH) | {"pattern": ONE_LINE},
    example="My telephone",
)
NAME = replace(
    NEW_NAME,
    description="What its owner calls it. If it is empty, what kind it is.",
    schema=lambda: text_schema(0, MAX_NAME_LENGTH) | {"pattern": f"^$|{ONE_LINE}"},
    required=False,
)
CHALLENGE = BodyField("challenge", "The challenge of create-session.", lambda: hex_digits(64))
CODE = BodyField("code", "The code that an authenticator app shows.", text_schema, required=False, example="123456")
CODE_OR_RECOVERY = replace(CODE, description="The code that an authenticator app shows, or a recovery code.")
CREDENTIAL = BodyField(
    "credential",
    "Instead of a code: what navigator.credentials returned for the passkeyOptions, as JSON (its toJSON()).",
    text_schema,
    required=False,
)

FACTORID_ERRORS = (ErrorCode.FACTORID_MISSING, ErrorCode.FACTORID_UNKNOWN, ErrorCode.NOT_OWNED)


def read_proof(request: Request) -> Proof:
    """Return the proof in the body."""
    return Proof(CODE.read(request), CREDENTIAL.read(request))
