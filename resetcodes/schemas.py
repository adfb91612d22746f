"""Reset codes on the wire."""

from dashboard.api.schema.objects import TEXT, TIME, ObjectSchema, constant, id_schema

RESET_CODE = ObjectSchema(
    "resetCode",
    required={
        "codeid": id_schema("code"),
        "object": constant("resetCode"),
        "appid": TEXT,
        "accountid": id_schema("acct"),
        "createdAt": TIME,
        "updatedAt": TIME,
    },
    optional={
        "expiresAt": TIME | {"description": "From then on the code does not work. Missing: it works until it is used."}
    },
    example={
        "codeid": "code_b95f5fba59f952f8",
        "object": "resetCode",
        "appid": "dashboard",
        "accountid": "acct_8423b9d0bc59d2e7",
        "expiresAt": "2022-06-25T02:42:47.362Z",
        "createdAt": "2022-06-24T02:42:47.362Z",
        "updatedAt": "2022-06-24T02:42:47.362Z",
    },
)

NEW_RESET_CODE = ObjectSchema(
    "newResetCode",
    required={
        **RESET_CODE.required,
        "secretCode": {**TEXT, "description": "The code, in groups of four characters. It is never returned again."},
    },
    optional=RESET_CODE.optional,
    example={**RESET_CODE.example, "secretCode": "XYC3-7Q90-NH6D-KTPM-2VRE-9FZ4-B81S"},
)
