"""Accounts and profiles on the wire."""

from dashboard.api.schema.objects import DATE, FLAG, NUMBER, TEXT, TIME, ObjectSchema, constant, id_schema

ACCOUNT = ObjectSchema(
    "account",
    required={
        "accountid": id_schema("acct"),
        "object": constant("account"),
        "appid": TEXT,
        "sessionKeyNumber": {**NUMBER, "description": "1 at creation, one more at every reset of the session key."},
        "createdAt": TIME,
        "updatedAt": TIME,
    },
    optional={
        "profileid": {**id_schema("prof"), "description": "The default profile."},
        "sessionKeyLastResetAt": TIME,
        "lastSignedInAt": TIME,
        "owner": FLAG,
        "ownerSince": TIME,
        "administrator": FLAG,
        "administratorSince": TIME,
        "usernameLastChangedAt": TIME,
        "passwordLastChangedAt": TIME,
        "resetCodeLastCreatedAt": TIME,
        "resetCodeLastUsedAt": TIME,
        "secondFactorSince": {**TIME, "description": "Since when a sign-in takes a second step."},
        "deletedAt": {**TIME, "description": "When the account is due to be deleted; present while it is scheduled."},
    },
    example={
        "accountid": "acct_8485ad4a95d2eac8",
        "object": "account",
        "appid": "dashboard",
        "profileid": "prof_935527d4cb0ada24",
        "sessionKeyNumber": 2,
        "sessionKeyLastResetAt": "2022-06-24T02:42:51.000Z",
        "lastSignedInAt": "2022-06-24T02:42:50.000Z",
        "createdAt": "2022-06-24T02:42:50.974Z",
        "updatedAt": "2022-06-24T02:42:51.008Z",
    },
)

PROFILE = ObjectSchema(
    "profile",
    required={
        "profileid": id_schema("prof"),
        "object": constant("profile"),
        "appid": TEXT,
        "accountid": id_schema("acct"),
        "createdAt": TIME,
        "updatedAt": TIME,
    },
    optional={
        "fullName": TEXT,
        "contactEmail": TEXT,
        "displayName": TEXT,
        "displayEmail": TEXT,
        "companyName": TEXT,
        "phone": TEXT,
        "occupation": TEXT,
        "location": TEXT,
        "website": TEXT,
        "dob": {**DATE, "description": "Date of birth."},
    },
    example={
        "profileid": "prof_935527d4cb0ada24",
        "object": "profile",
        "appid": "dashboard",
        "accountid": "acct_8485ad4a95d2eac8",
        "fullName": "Ada Example",
        "contactEmail": "ada@example.com",
        "createdAt": "2022-06-24T02:42:50.974Z",
        "updatedAt": "2022-06-24T02:42:50.974Z",
    },
)
