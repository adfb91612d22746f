"""Events and metrics on the wire."""

from dashboard.api.schema.objects import ADDRESS, NUMBER, TEXT, TIME, ObjectSchema, constant, id_schema, one_of
from dashboard.core.actor import ActorKind
from events.models import ANOTHER, Action

METRIC = ObjectSchema(
    "metric",
    required={"object": constant("metric"), "appid": TEXT, "metricid": TEXT, "value": NUMBER},
    optional={},
    example={"object": "metric", "appid": "dashboard", "metricid": "accounts-created/2022-06", "value": 17},
)

EVENT = ObjectSchema(
    "event",
    required={
        "eventid": id_schema("evnt"),
        "object": constant("event"),
        "appid": TEXT,
        "action": one_of(Action.values),
        "actorKind": {
            **one_of([*map(str, ActorKind), ANOTHER]),
            "description": "The capacity in which the actor performed the operation.",
        },
        "createdAt": TIME,
    },
    optional={
        "accountid": {
            **id_schema("acct"),
            "description": "The account concerned; missing if a sign-in named none.",
        },
        "targetid": {**TEXT, "description": "The session, profile, reset code or service credential concerned."},
        "refusal": {**TEXT, "description": "The error code of a refused sign-in."},
        "details": {**TEXT, "description": "Of an exported list or a service credential: what it is."},
        "actorAccountid": {
            **id_schema("acct"),
            "description": "The account that was signed in, or on whose behalf the application server acted."
            " Another account's is left out for the account itself.",
        },
        "actorCredentialid": {
            **id_schema("cred"),
            "description": "The service credential of the request; left out for the account itself.",
        },
        "ipAddress": {**ADDRESS, "description": "The client's address; another's is left out for the account itself."},
        "userAgent": {
            **TEXT,
            "description": "The client's browser and system; another's are left out for the account itself.",
        },
    },
    example={
        "eventid": "evnt_000000000004d2b7",
        "object": "event",
        "appid": "dashboard",
        "action": "create-session",
        "accountid": "acct_b9d3263d58091030",
        "targetid": "sess_b0b52a2d89a5669d",
        "actorKind": "account",
        "actorAccountid": "acct_b9d3263d58091030",
        "ipAddress": "203.0.113.7",
        "userAgent": "Firefox 151 on Windows",
        "createdAt": "2022-06-24T02:43:02.624Z",
    },
)

FEED = ObjectSchema(
    "feed",
    required={
        "object": constant("feed"),
        "appid": TEXT,
        "events": {"type": "array", "items": EVENT.reference},
        "cursor": {**TEXT, "description": "What the next call sends as `after`; opaque."},
    },
    optional={},
    example={
        "object": "feed",
        "appid": "dashboard",
        "events": [EVENT.example],
        "cursor": "lQG5NmIwODk3NmEzMDJkMjg3NC4wMDAwMDAwMZHNBB3AAA",
    },
    parts=(EVENT,),
)
