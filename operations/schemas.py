"""What is held about a person, on the wire."""

from accounts.schemas import ACCOUNT, PROFILE
from dashboard.api.schema.objects import NUMBER, TEXT, TIME, ObjectSchema
from dashboard.core.json import Schema
from events.schemas import EVENT
from operations.history import SECRETS
from resetcodes.schemas import RESET_CODE
from sessions_app.schemas import SESSION

EXPORTED_ACCOUNT = ObjectSchema(
    "exportedAccount",
    required=ACCOUNT.required,
    optional={
        **ACCOUNT.optional,
        "failedSignIns": {**NUMBER, "description": "Wrong passwords and reset codes in a row."},
        "lockedUntil": {**TIME, "description": "Until when nobody can sign in, after those."},
    },
    example=ACCOUNT.example,
)

EXPORTED_SESSION = ObjectSchema(
    "exportedSession",
    required={name: schema for name, schema in SESSION.required.items() if name not in SECRETS},
    optional={
        **{name: schema for name, schema in SESSION.optional.items() if name not in SECRETS},
        "endedByAction": {**TEXT, "description": "Which operation ended it; missing where it expired."},
        "endedByKind": {**EVENT.required["actorKind"], "description": "The capacity in which the actor ended it."},
    },
    example={name: value for name, value in SESSION.example.items() if name not in SECRETS},
)


def _all(item: ObjectSchema, description: str) -> Schema:
    return {"type": "array", "items": item.as_schema(), "description": description}


ACCOUNT_EXPORT = ObjectSchema(
    "accountExport",
    required={
        "object": {"const": "accountExport"},
        "account": EXPORTED_ACCOUNT.as_schema(),
        "profiles": _all(PROFILE, "Every profile, newest first, as are the others."),
        "sessions": _all(EXPORTED_SESSION, "Every session, without `csrfToken`, and with what ended it."),
        "resetCodes": _all(RESET_CODE, "Every reset code that is not spent; the code itself is not held."),
        "events": _all(EVENT, "What was done on the account, and from where."),
        "eventsOnOthers": _all(EVENT, "What the account did on others, as an administrator."),
    },
    optional={},
    example={
        "object": "accountExport",
        "account": ACCOUNT.example,
        "profiles": [PROFILE.example],
        "sessions": [EXPORTED_SESSION.example],
        "resetCodes": [RESET_CODE.example],
        "events": [EVENT.example],
        "eventsOnOthers": [],
    },
)
