"""What is held about a person, on the wire."""

from accounts.schemas import ACCOUNT, PROFILE
from dashboard_project.actor import ActorKind
from dashboard_project.wire import ADDRESS, NUMBER, TEXT, TIME, Schema, WireObject, id_of
from operations.history import ANOTHER
from resetcodes.schemas import RESET_CODE
from sessions_app.schemas import SESSION

BY: Schema = {"enum": [*(kind.value for kind in ActorKind), ANOTHER]}
SECRETS = ("csrfToken", "token")

EXPORTED_ACCOUNT = WireObject(
    "exportedAccount",
    always=ACCOUNT.always,
    sometimes={
        **ACCOUNT.sometimes,
        "failedSignIns": {**NUMBER, "description": "Wrong passwords and reset codes in a row."},
        "lockedUntil": {**TIME, "description": "Until when nobody can sign in, after those."},
    },
    example=ACCOUNT.example,
)

EXPORTED_SESSION = WireObject(
    "exportedSession",
    always={name: schema for name, schema in SESSION.always.items() if name not in SECRETS},
    sometimes={
        **{name: schema for name, schema in SESSION.sometimes.items() if name not in SECRETS},
        "endedByOperation": {**TEXT, "description": "What ended it; missing where it expired."},
        "endedBy": {**BY, "description": "Who ended it."},
    },
    example={name: value for name, value in SESSION.example.items() if name not in SECRETS},
)

EXPORTED_EVENT = WireObject(
    "exportedEvent",
    always={
        "object": {"const": "event"},
        "appid": TEXT,
        "operation": {**TEXT, "description": "As in the name of its route."},
        "by": {**BY, "description": "Who did it."},
        "createdAt": TIME,
    },
    sometimes={
        "refusal": {**TEXT, "description": "Why it was refused: the error's code."},
        "accountid": {**id_of("acct"), "description": "On whose account."},
        "targetid": {**TEXT, "description": "On which session, profile or reset code."},
        "ipAddress": {**ADDRESS, "description": "From where; missing where another account did it."},
        "userAgent": TEXT,
    },
    example={
        "object": "event",
        "appid": "dashboard",
        "operation": "create-session",
        "accountid": "acct_8485ad4a95d2eac8",
        "targetid": "sess_b0b52a2d89a5669d",
        "by": "anybody",
        "ipAddress": "203.0.113.7",
        "userAgent": "Firefox 151 on Windows",
        "createdAt": "2022-06-24T02:43:02.624Z",
    },
)


def _all(item: WireObject, description: str) -> Schema:
    return {"type": "array", "items": item.as_schema(), "description": description}


ACCOUNT_EXPORT = WireObject(
    "accountExport",
    always={
        "object": {"const": "accountExport"},
        "account": EXPORTED_ACCOUNT.as_schema(),
        "profiles": _all(PROFILE, "Every profile, newest first, as are the others."),
        "sessions": _all(EXPORTED_SESSION, "Every session, without `csrfToken`, and with what ended it."),
        "resetCodes": _all(RESET_CODE, "Every reset code that is not spent; the code itself is not held."),
        "events": _all(EXPORTED_EVENT, "What was done on the account, and from where."),
        "eventsOnOthers": _all(EXPORTED_EVENT, "What the account did on others, as an administrator."),
    },
    sometimes={},
    example={
        "object": "accountExport",
        "account": ACCOUNT.example,
        "profiles": [PROFILE.example],
        "sessions": [EXPORTED_SESSION.example],
        "resetCodes": [RESET_CODE.example],
        "events": [EXPORTED_EVENT.example],
        "eventsOnOthers": [],
    },
)
