"""Create the tables of DATABASE_URL, an administrator and persons: `python -m benchmarks.revocation.seed PERSONS`.

Prints them as JSON. The rows are made without the services, so that no mark in the cache protects them.
"""

import json
import secrets
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Account  # noqa: E402
from benchmarks.revocation.revocation_scenarios import PASSWORD, SECRET_CODE  # noqa: E402
from dashboard.core.crypto import hashing  # noqa: E402
from resetcodes.models import ResetCode  # noqa: E402
from sessions_app.models import Session  # noqa: E402

SESSIONS = 3
TOKEN = secrets.token_hex(32)


def main(persons: int) -> None:
    call_command("migrate", verbosity=0)
    now = timezone.now()
    password = make_password(PASSWORD)
    names = ["administrator", *(f"person{number}" for number in range(persons))]
    accounts = [Account(username_hash=hashing.text_hashes(name)[0], password=password) for name in names]
    accounts[0].owner_since = accounts[0].administrator_since = now
    sessions = [[_session(account) for _ in range(SESSIONS)] for account in accounts]
    secret_code_hash = hashing.text_hashes(SECRET_CODE)[0]
    Account.objects.bulk_create(accounts, batch_size=500)
    Session.objects.bulk_create((session for those in sessions for session in those), batch_size=500)
    codes = (ResetCode(account=it, secret_code_hash=secret_code_hash) for it in accounts[1:])
    ResetCode.objects.bulk_create(codes, batch_size=500)
    json.dump([_person(name, those) for name, those in zip(names, sessions, strict=True)], sys.stdout)


def _session(account: Account) -> Session:
    now = timezone.now()
    return Session(
        account=account,
        session_key_number=account.session_key_number,
        token_hash=hashing.token_hash(account.accountid, TOKEN, account.session_key),
        duration=1200,
        expires_at=now + timedelta(seconds=1200),
        last_verified_at=now,
    )


def _person(username: str, sessions: list[Session]) -> dict[str, Any]:
    accountid = sessions[0].account.accountid
    return {
        "username": username,
        "accountid": accountid,
        "sessions": [[session.sessionid, TOKEN, accountid] for session in sessions],
    }


if __name__ == "__main__":
    main(int(sys.argv[1]))
