"""Sessions on the wire."""

from dashboard.api.schema.objects import (
    ADDRESS,
    BOOLEAN,
    NUMBER,
    TEXT,
    TIME,
    NoContent,
    ObjectSchema,
    constant,
    hex_digits,
    id_schema,
)

SESSION = ObjectSchema(
    "session",
    required={
        "sessionid": id_schema("sess"),
        "object": constant("session"),
        "appid": TEXT,
        "accountid": id_schema("acct"),
        "duration": {**NUMBER, "description": "Seconds from createdAt to expiresAt."},
        "csrfToken": hex_digits(128),
        "expiresAt": TIME,
        "lastVerifiedAt": {**TIME, "description": "When the password was last verified."},
        "ended": {
            **BOOLEAN,
            "description": "Whether it was ended by an operation or has expired.",
        },
        "createdAt": TIME,
        "updatedAt": TIME,
    },
    optional={
        "token": {
            **hex_digits(64),
            "description": "Only in the response of create-session and complete-session, and of"
            " set-session-verified if it is new.",
        },
        "secondFactorAt": {**TIME, "description": "When a second factor was used in it."},
        "endedAt": TIME,
        "ipAddress": {**ADDRESS, "description": "The address that signed in."},
        "userAgent": {**TEXT, "description": "The browser and system that signed in."},
        "lastSeenAt": {**TIME, "description": "Updated at most once a minute."},
    },
    example={
        "sessionid": "sess_b0b52a2d89a5669d",
        "object": "session",
        "appid": "dashboard",
        "accountid": "acct_b9d3263d58091030",
        "duration": 1200,
        "csrfToken": "3f" * 64,
        "ipAddress": "203.0.113.7",
        "userAgent": "Firefox 151 on Windows",
        "lastSeenAt": "2022-06-24T02:43:02.000Z",
        "expiresAt": "2022-06-24T03:03:02.000Z",
        "lastVerifiedAt": "2022-06-24T02:43:02.000Z",
        "ended": False,
        "createdAt": "2022-06-24T02:43:02.624Z",
        "updatedAt": "2022-06-24T02:43:02.645Z",
    },
)

IDENTITY = NoContent(
    {
        "X-Account-Id": "The accountid.",
        "X-Session-Id": "The sessionid.",
        "X-Account-Administrator": "true or false.",
        "X-Account-Owner": "true or false.",
        "X-Identity": "The same, as a JSON Web Token: verify it with the keys of /.well-known/jwks.json.",
    }
)
