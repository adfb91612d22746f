"""Service credentials on the wire."""

from dashboard.api.schema.objects import TEXT, TIME, ObjectSchema, constant, id_schema, one_of
from dashboard.core.services import Scope

SERVICE_CREDENTIAL = ObjectSchema(
    "serviceCredential",
    required={
        "credentialid": id_schema("cred"),
        "object": constant("serviceCredential"),
        "appid": TEXT,
        "name": {**TEXT, "description": "Which service has it."},
        "scopes": {"type": "array", "items": one_of(map(str, Scope)), "description": "What it may do."},
        "networks": {"type": "array", "items": TEXT, "description": "From where; empty: from anywhere."},
        "createdAt": TIME,
        "updatedAt": TIME,
    },
    optional={
        "createdBy": {**id_schema("acct"), "description": "The owner who created it. Missing: an operator has."},
        "expiresAt": TIME,
        "revokedAt": TIME,
        "lastUsedAt": {**TIME, "description": "To the minute."},
    },
    example={
        "credentialid": "cred_8485ad4a95d2eac8",
        "object": "serviceCredential",
        "appid": "dashboard",
        "name": "Web application",
        "scopes": ["act-for-users", "create-reset-codes"],
        "networks": ["203.0.113.0/24"],
        "createdBy": "acct_b9d3263d58091030",
        "expiresAt": "2023-06-24T02:43:02.624Z",
        "lastUsedAt": "2022-06-25T14:12:00.000Z",
        "createdAt": "2022-06-24T02:43:02.624Z",
        "updatedAt": "2022-06-24T02:43:02.624Z",
    },
)
