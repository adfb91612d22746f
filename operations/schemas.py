"""Schema of the account export."""

from accounts.schemas import ACCOUNT, PROFILE
from dashboard.api.schema.objects import BOOLEAN, NUMBER, TEXT, TIME, ObjectSchema, constant
from dashboard.core.json import Schema
from events.schemas import EVENT
from operations.representations import SECRETS
from resetcodes.schemas import RESET_CODE
from second_factors.schemas import FACTOR
from sessions_app.schemas import SESSION

EXPORTED_ACCOUNT = ObjectSchema(
    "exportedAccount",
    required=ACCOUNT.required,
    optional={
        **ACCOUNT.optional,
        "failedSignIns": {**NUMBER, "description": "Consecutive wrong passwords and reset codes."},
        "lockedUntil": {**TIME, "description": "When sign-in is possible again after too many failures."},
    },
    example=ACCOUNT.example,
)

EXPORTED_SESSION = ObjectSchema(
    "exportedSession",
    required={name: schema for name, schema in SESSION.required.items() if name not in SECRETS},
    optional={
        **{name: schema for name, schema in SESSION.optional.items() if name not in SECRETS},
        "endedByAction": {**TEXT, "description": "Operation that ended it; missing if it expired."},
        "endedByKind": {**EVENT.required["actorKind"], "description": "Capacity in which it was ended."},
    },
    example={name: value for name, value in SESSION.example.items() if name not in SECRETS},
)

EXPORTED_RECOVERY_CODE = ObjectSchema(
    "exportedRecoveryCode",
    required={"createdAt": TIME},
    optional={"usedAt": TIME},
    example={"createdAt": "2022-06-24T02:42:51.008Z"},
)

EXPORTED_SIGN_IN_CLIENT = ObjectSchema(
    "exportedSignInClient",
    required={
        "client": {**TEXT, "description": "A network, such as “network 192.0.2.7/32”, or “browser”."},
        "trusted": {**BOOLEAN, "description": "Whether the account was let in from there."},
        "failedSignIns": {**NUMBER, "description": "Consecutive wrong passwords and codes from there."},
        "lastSeenAt": TIME,
    },
    optional={"lockedUntil": {**TIME, "description": "When it can try again after too many failures."}},
    example={
        "client": "network 203.0.113.7/32",
        "trusted": True,
        "failedSignIns": 0,
        "lastSeenAt": "2022-06-24T02:42:51.008Z",
    },
)


def _all(item: ObjectSchema, description: str) -> Schema:
    return {"type": "array", "items": item.reference, "description": description}


ACCOUNT_EXPORT = ObjectSchema(
    "accountExport",
    required={
        "object": constant("accountExport"),
        "account": EXPORTED_ACCOUNT.reference,
        "profiles": _all(PROFILE, "Every profile. All lists are sorted from newest to oldest."),
        "sessions": _all(EXPORTED_SESSION, "Every session, without `csrfToken`, and with how it ended."),
        "resetCodes": _all(RESET_CODE, "Every unused reset code; the code itself is not stored."),
        "secondFactors": _all(FACTOR, "Every second factor, without its secret or key."),
        "recoveryCodes": _all(EXPORTED_RECOVERY_CODE, "When each was created and used; the codes are not stored."),
        "signInClients": _all(EXPORTED_SIGN_IN_CLIENT, "Networks and browsers that have tried to sign in."),
        "events": _all(EVENT, "Operations on the account, and their origin."),
        "eventsOnOthers": _all(EVENT, "Operations that the account performed on others as an administrator."),
    },
    optional={},
    example={
        "object": "accountExport",
        "account": ACCOUNT.example,
        "profiles": [PROFILE.example],
        "sessions": [EXPORTED_SESSION.example],
        "resetCodes": [RESET_CODE.example],
        "secondFactors": [FACTOR.example],
        "recoveryCodes": [EXPORTED_RECOVERY_CODE.example],
        "signInClients": [EXPORTED_SIGN_IN_CLIENT.example],
        "events": [EVENT.example],
        "eventsOnOthers": [],
    },
    parts=(
        EXPORTED_ACCOUNT,
        PROFILE,
        EXPORTED_SESSION,
        RESET_CODE,
        FACTOR,
        EXPORTED_RECOVERY_CODE,
        EXPORTED_SIGN_IN_CLIENT,
        EVENT,
    ),
)
