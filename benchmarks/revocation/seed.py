"""Make the tables of DATABASE_URL, and print, as JSON, an administrator and persons that are made there: run with -m.

They are made behind the back of the services, so that no mark in the cache stands for them.
"""

import json
import sys
from typing import Any

import django

SESSIONS = 3

if __name__ == "__main__":
    django.setup()

    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command

    from accounts.models import Account
    from resetcodes.models import ResetCode
    from sessions_app.models import Session
    from tests.factories import PASSWORD, TOKEN, AccountFactory, ResetCodeFactory, SessionFactory

    def written(username: str, sessions: list[Session]) -> dict[str, Any]:
        account = sessions[0].account
        return {
            "username": username,
            "accountid": account.accountid,
            "sessions": [[session.sessionid, TOKEN, account.accountid] for session in sessions],
        }

    call_command("migrate", verbosity=0)
    hashed = make_password(PASSWORD)
    owner = SessionFactory(account=AccountFactory(username="administrator", password=hashed, owner=True))
    names = [f"person{number}" for number in range(int(sys.argv[1]))]
    accounts = [AccountFactory.build(username=name, password=hashed) for name in names]
    sessions = [SessionFactory.build_batch(SESSIONS, account=account) for account in accounts]
    Account.objects.bulk_create(accounts)
    Session.objects.bulk_create(session for those in sessions for session in those)
    ResetCode.objects.bulk_create(ResetCodeFactory.build(account=account) for account in accounts)
    made = [("administrator", [owner]), *zip(names, sessions, strict=True)]
    json.dump([written(name, those) for name, those in made], sys.stdout)
