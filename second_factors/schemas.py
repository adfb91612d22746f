"""Second factors and recovery codes on the wire."""

from dashboard.api.schema.objects import TEXT, TIME, ObjectSchema, constant, id_schema, one_of
from second_factors.models import FactorType

FACTOR = ObjectSchema(
    "secondFactor",
    required={
        "factorid": id_schema("fact"),
        "object": constant("secondFactor"),
        "appid": TEXT,
        "accountid": id_schema("acct"),
        "factorType": one_of(FactorType.values),
        "name": TEXT,
        "createdAt": TIME,
        "updatedAt": TIME,
    },
    optional={
        "secret": {**TEXT, "description": "Of an app, in base 32; only in the response of create-second-factor."},
        "otpauthUri": {**TEXT, "description": "The same for a QR code; only in the response of create-second-factor."},
        "passkeyOptions": {
            "type": "object",
            "description": "PublicKeyCredentialCreationOptionsJSON (WebAuthn); only in the response of"
            " create-second-factor.",
            "additionalProperties": True,
        },
        "confirmedAt": {**TIME, "description": "Since when it can be used to sign in."},
        "lastUsedAt": TIME,
    },
    example={
        "factorid": "fact_5b1d0c2a9e8f7431",
        "object": "secondFactor",
        "appid": "dashboard",
        "accountid": "acct_8485ad4a95d2eac8",
        "factorType": "totp",
        "name": "My telephone",
        "confirmedAt": "2022-06-24T02:43:51.008Z",
        "lastUsedAt": "2022-06-25T09:12:02.117Z",
        "createdAt": "2022-06-24T02:42:51.008Z",
        "updatedAt": "2022-06-25T09:12:02.117Z",
    },
)

RECOVERY_CODES = ObjectSchema(
    "recoveryCodes",
    required={
        "object": constant("recoveryCodes"),
        "codes": {"type": "array", "items": TEXT, "description": "Each works once. They are not returned again."},
    },
    optional={},
    example={"object": "recoveryCodes", "codes": ["K7QM-2X9D-4T6B-9W1C-8HRV-0N5E"]},
)
