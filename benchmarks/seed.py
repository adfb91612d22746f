"""Create the benchmark's rows through the models: `python -m benchmarks.seed few`, or `more NUMBER`.

`few` creates accounts with a few sessions each, and prints what requests need to know about them as JSON. `more` adds
sessions until there are NUMBER of them. Both run in Dashboard's environment.
"""

import os
import secrets
import sys
from datetime import timedelta
from typing import Any

import django
import orjson

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Account  # noqa: E402
from dashboard.core.crypto import hashing  # noqa: E402
from dashboard.db.postgresql import disable_session_timeout  # noqa: E402
from sessions_app.models import Session  # noqa: E402

ACCOUNTS = 2_000
SESSIONS_PER_ACCOUNT = 5
PASSWORD = "a password of the benchmark"  # noqa: S105

MORE_SESSIONS = """
insert into sessions_app_session (sessionid, appid, account_id, token_hash, csrf_token, session_key_number, duration,
                                  created_at, updated_at, expires_at, last_verified_at, user_agent,
                                  ended_by_action, ended_by_kind, ended_by_accountid)
select 'sess_' || left(md5(number::text), 16), appid, accountids[1 + number %% cardinality(accountids)],
       repeat(md5(number::text), 4), repeat(md5(number::text), 4), 1, 1200, at, at, at + interval '20 minutes', at,
       '', '', '', ''
from (select appid, array_agg(accountid) as accountids from accounts_account group by appid) as everybody,
     generate_series(1, %s::int) as number, lateral (select now() - number * interval '30 seconds' as at) as moment
"""


def few() -> dict[str, Any]:
    """Create accounts: half for requests that read, and half for requests that make changes and so end sessions."""
    if Account.objects.exists():
        sys.exit("The database already has accounts. The benchmark needs an empty one, and leaves its rows there.")
    now = timezone.now()
    accounts = Account.objects.bulk_create(_accounts(), batch_size=1000)
    # Without a mark, which would slow the first 10 seconds.
    Account.objects.unmarked().filter(pk=accounts[0].pk).update(administrator_since=now)
    tokens = [secrets.token_hex(32) for _ in range(ACCOUNTS * SESSIONS_PER_ACCOUNT)]
    sessions = Session.objects.bulk_create(
        (_session(accounts[number % ACCOUNTS], token) for number, token in enumerate(tokens)), batch_size=1000
    )
    _tidy()
    half = ACCOUNTS // 2
    return {
        "administrator": _cookie(sessions[0], tokens[0]),
        "sessions": [{"sessionid": sessions[n].pk, "cookie": _cookie(sessions[n], tokens[n])} for n in range(1, half)],
        "accountids": [account.pk for account in accounts[half:]],
        "forms": [f"username=somebody{number}&password={PASSWORD}" for number in range(half, ACCOUNTS)],
    }


def _accounts() -> list[Account]:
    password = make_password(PASSWORD)
    names = (hashing.text_hashes(f"somebody{number}")[0] for number in range(ACCOUNTS))
    return [Account(username_hash=name, password=password) for name in names]


def _session(account: Account, token: str) -> Session:
    now = timezone.now()
    return Session(
        account=account,
        token_hash=hashing.token_hash(account.accountid, token, account.session_key),
        session_key_number=account.session_key_number,
        duration=28_800,
        expires_at=now + timedelta(hours=8),
        last_verified_at=now,
        last_seen_at=now,
        ip_address="127.0.0.1",
        user_agent="Firefox 151 on Windows",
        created_at=now,
        updated_at=now,
    )


def _cookie(session: Session, token: str) -> str:
    return f"sessionid={session.pk}; token={token}"


def more(sessions: int) -> None:
    disable_session_timeout()
    with connection.cursor() as cursor:
        cursor.execute(MORE_SESSIONS, [sessions - Session.objects.count()])
    _tidy()


def _tidy() -> None:
    """Update statistics, as autovacuum does within minutes. Without them, PostgreSQL plans queries poorly."""
    disable_session_timeout()
    with connection.cursor() as cursor:
        cursor.execute("vacuum analyze")


if __name__ == "__main__":
    if sys.argv[1] == "more":
        more(int(sys.argv[2]))
    else:
        sys.stdout.buffer.write(orjson.dumps(few()))
