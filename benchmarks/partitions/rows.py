# ruff: noqa: S608  the statements contain only our own names
"""Generate the rows of a month: sessions, which are seen and ended, events, and reset codes, which are used."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from accounts.models import Account
from benchmarks.partitions.months import month

REMEMBERED = 0.2  # of the sessions last 30 days; the others 8 hours
SEEN = 0.5  # of the sessions of a step are seen again, in each of two updates
ENDED = 0.4  # of them are ended by their owners
USED = 0.8  # of the reset codes are used, which deletes them
STATEMENT_SEED = "SELECT setseed(0.5)"

# The rows of a step are spread evenly over its time, which begins at `start` and lasts `seconds`.
MOMENTS = (
    "(SELECT %(start)s::timestamptz + number * %(seconds)s / %(count)s * interval '1 second' AS at,"
    " 'acct_' || left(md5((1 + floor(random() * %(accounts)s)::int)::text), 16) AS accountid,"
    " md5(random()::text || number) AS id, random() AS chance"
    " FROM generate_series(0, %(count)s::int - 1) AS number) AS it"
)
SESSIONS = f"""
INSERT INTO sessions_app_session (sessionid, appid, account_id, token_hash, csrf_token, session_key_number, duration,
                                  created_at, updated_at, expires_at, last_verified_at, last_seen_at, ip_address,
                                  user_agent, ended_by_action, ended_by_kind, ended_by_accountid)
SELECT 'sess_' || left(id, 16), %(appid)s, accountid, repeat(id, 4), repeat(md5(id), 4), 1, duration, at, at,
       at + duration * interval '1 second', at, at, '203.0.113.7', 'Firefox 151 on Windows', '', '', ''
FROM {MOMENTS}, LATERAL (SELECT CASE WHEN chance < {REMEMBERED} THEN 2592000 ELSE 28800 END AS duration) AS lifetime
"""
EVENTS = f"""
INSERT INTO events_event (appid, action, accountid, targetid, actor_kind, actor_accountid, ip_address, user_agent,
                          created_at)
SELECT %(appid)s, CASE WHEN chance < 0.4 THEN 'create-session' WHEN chance < 0.6 THEN 'set-session-ended'
                       WHEN chance < 0.9 THEN 'refuse-sign-in' ELSE 'set-session-verified' END,
       accountid, 'sess_' || left(id, 16), 'account', accountid, '203.0.113.7', 'Firefox 151 on Windows', at
FROM {MOMENTS}
"""
CODES = f"""
INSERT INTO resetcodes_resetcode (codeid, appid, account_id, secret_code_hash, created_at, updated_at, expires_at)
SELECT 'code_' || left(id, 16), %(appid)s, accountid, repeat(id, 4), at, at, at + interval '1 day' FROM {MOMENTS}
"""
OF_STEP = "appid = %(appid)s AND created_at >= %(start)s AND created_at < %(end)s AND random() <"
USES = (
    f"UPDATE sessions_app_session SET last_seen_at = created_at + interval '1 minute' WHERE {OF_STEP} {SEEN}",
    f"UPDATE sessions_app_session SET last_seen_at = created_at + interval '5 minutes' WHERE {OF_STEP} {SEEN}",
    (
        "UPDATE sessions_app_session SET ended_at = created_at + interval '9 minutes', ended_by_kind = 'account',"
        f" ended_by_action = 'set-session-ended', ended_by_accountid = account_id WHERE {OF_STEP} {ENDED}"
    ),
    f"DELETE FROM resetcodes_resetcode WHERE {OF_STEP} {USED}",
)


def add_accounts(number: int) -> None:
    """Create this many accounts, with the ids that MOMENTS computes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 'acct_' || left(md5(number::text), 16) FROM generate_series(1, %s) AS number", [number])
        ids = [found for (found,) in cursor.fetchall()]
        cursor.execute(STATEMENT_SEED)  # both forms get the same rows
    Account.objects.bulk_create([Account(accountid=it, username_hash=it, password="") for it in ids], batch_size=1000)


def add_month(start: datetime, numbers: dict[str, int], accounts: int, steps: int) -> None:
    """Add a month's rows and use them, in this many steps, each of which is about a day by default."""
    length = (month(start, 1) - start) / steps
    with connection.cursor() as cursor:
        for step in range(steps):
            _add(cursor, start + step * length, length, numbers, accounts, steps)


def _add(  # noqa: PLR0913, PLR0917  what a step needs
    cursor: Any, start: datetime, length: timedelta, numbers: dict[str, int], accounts: int, steps: int
) -> None:
    values = {"appid": settings.APPID, "accounts": accounts, "start": start, "end": start + length}
    values["seconds"] = length.total_seconds()
    for table, statement in (("sessions", SESSIONS), ("events", EVENTS), ("reset codes", CODES)):
        cursor.execute(statement, {**values, "count": max(1, numbers[table] // steps)})
    for statement in USES:
        cursor.execute(statement, values)
