"""`python -m benchmarks.queries`: show how PostgreSQL plans the queries of frequent requests.

DATABASE_URL must name a database with many rows, such as one that `make bench-growth` has filled. Nothing is changed
there: all requests run in a transaction that is rolled back. The exit status is 1 if a query reads the whole of a table
that grows with use. `--write` puts the plans into docs/queries.md.
"""

import argparse
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402

from accounts.models import Account  # noqa: E402
from dashboard.api.pagination import RecordList  # noqa: E402
from dashboard.core.actor import Actor  # noqa: E402
from resetcodes.models import ResetCode  # noqa: E402
from sessions_app.counted_rows import SESSIONS  # noqa: E402
from sessions_app.models import Session  # noqa: E402
from sessions_app.services import new_sessions  # noqa: E402

DOCUMENT = Path(__file__).parent.parent / "docs" / "queries.md"
BEGIN, END = "<!-- plans -->", "<!-- end of the plans -->"
GROWING = re.compile(
    r"Seq Scan on (accounts_(?:account|profile|searchentry)|sessions_app_session|events_event|resetcodes_resetcode)\b"
)
LITERALS = re.compile(r"'(?:[a-z]{4}_[0-9a-f]{16}|[0-9-]{10} [^']+|[0-9]+)'|\b[0-9]{3,}\b")  # vary from run to run
STATEMENTS = ("SELECT", "WITH", "INSERT", "UPDATE", "DELETE")
LONGEST = 300  # characters of a statement

Statement = tuple[str, Any]


class Requests:
    """An administrator's requests, made in this process and in one transaction, and the statements they execute."""

    def __init__(self, administrator: Account) -> None:
        session = new_sessions.create(administrator, "", Actor.command_line())
        self.client = Client(
            headers={"authorization": f"Bearer {session.sessionid}.{session.token}", "host": "localhost"}
        )
        self.known: set[str] = set()

    def new_statements(self, method: str, target: str, form: dict[str, str] | None) -> list[Statement]:
        """Return the statements of a request that no earlier one has executed. Raises RuntimeError if it fails."""
        found: list[Statement] = []

        def note(execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
            if sql.lstrip().startswith(STATEMENTS) and sql not in self.known:
                self.known.add(sql)
                found.append((sql, parameters))
            return execute(sql, parameters, many, context)

        with connection.execute_wrapper(note):
            response = self.client.generic(
                method, f"/api/{target}", _encoded(form), content_type="application/x-www-form-urlencoded"
            )
        if response.status_code != 200:
            raise RuntimeError(f"{method} {target}: {response.status_code}")
        return found


def _encoded(form: dict[str, str] | None) -> str:
    return "&".join(f"{name}={value}" for name, value in (form or {}).items())


def requests() -> Iterator[tuple[str, str, str, dict[str, str] | None]]:
    """Yield the name, the method, the target and the form of each request."""
    sessions = RecordList(Session.objects.all, counted=SESSIONS)
    middle = sessions.count() // 2
    (session,) = sessions.page(None, middle, 1)
    account, code = session.account_id, ResetCode.objects.newest_first().first()
    listed = "administrator/sessions"
    yield "A session check that the cache cannot answer", "GET", f"administrator/session?sessionid={session.pk}", None
    yield "The first page of sessions", "GET", listed, None
    yield "The page of sessions after a row", "GET", f"{listed}?after={session.pk}", None
    yield "A page of sessions at a far offset", "GET", f"{listed}?offset={middle}", None
    yield "A page after a row, at a far offset", "GET", f"{listed}?after={session.pk}&offset={middle // 2}", None
    yield "The number of sessions", "GET", f"{listed}-count", None
    yield "The sessions of an account", "GET", f"{listed}?accountid={account}", None
    yield "The number of sessions of an account", "GET", f"{listed}-count?accountid={account}", None
    yield "Accounts that are scheduled for deletion", "GET", "administrator/deleted-accounts", None
    if code:
        yield "A reset code", "GET", f"administrator/reset-code?codeid={code.pk}", None
    yield "The first page of events", "GET", "administrator/events", None
    yield "A page of events at a far offset", "GET", f"administrator/events?offset={middle}", None
    yield "Events of an operation", "GET", "administrator/events?action=create-session", None
    yield "Events of an account", "GET", f"administrator/events?accountid={account}", None
    yield "Metrics", "GET", "administrator/metric-keys?keys=sessions-created/total", None
    yield "The feed", "GET", "feed?wait=0", None
    form = {"secret-code": "Kx82mQz71pLw"}
    yield "A new reset code", "POST", f"administrator/create-reset-code?accountid={account}", form
    yield "A new session key", "PATCH", f"administrator/reset-session-key?accountid={account}", None


def explained(statement: Statement) -> str:
    """Return the plan of a statement, without costs and times, which differ from run to run."""
    sql, parameters = statement
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (COSTS OFF) {sql}", parameters)
        return LITERALS.sub("…", "\n".join(line for (line,) in cursor.fetchall()))


def sections() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Yield the name of each request, and the SQL and plan of its statements that were not shown before."""
    administrator = (
        Account.objects.administrators().filter(deleted_at=None, second_factor_since=None).earliest("created_at")
    )
    asked = Requests(administrator)
    for name, method, target, form in requests():
        statements = asked.new_statements(method, target, form)
        yield name, [(_short(sql), explained((sql, parameters))) for sql, parameters in statements]


def _short(sql: str) -> str:
    """Return SQL on one line, without the names of selected and written columns."""
    line = " ".join(sql.replace('"', "").split())
    line = re.sub(r"SELECT (?:[\w.]+(?: AS \w+)?, ){3,}", "SELECT …, ", line)
    line = re.sub(r"\((?:\w+, ){3,}\w+\) VALUES \((?:%s, )+%s\)", "(…) VALUES (…)", line)
    return line if len(line) <= LONGEST else f"{line[:LONGEST].rsplit(' ', 1)[0]} …"


def document() -> str:
    parts = []
    for name, statements in sections():
        shown = [(sql, plan) for sql, plan in statements if "Scan" in plan]
        parts.append(f"### {name}\n" if shown else f"### {name}\n\nNo other plans.\n")
        parts += [f"```sql\n{_wrapped(sql)}\n```\n\n```\n{plan}\n```\n" for sql, plan in shown]
    return "\n".join(parts)


def _wrapped(line: str) -> str:
    return re.sub(r" (FROM|WHERE|ORDER BY|UNION ALL|OFFSET|LIMIT|RETURNING|FOR UPDATE|FOR SHARE)\b", r"\n  \1", line)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queries", description=__doc__)
    parser.add_argument("--write", action="store_true", help="put the plans into docs/queries.md")
    options = parser.parse_args()
    with transaction.atomic():
        text = document()
        transaction.set_rollback(True)
    if options.write:
        before, _, rest = DOCUMENT.read_text().partition(BEGIN)
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    else:
        sys.stdout.write(f"{text}\n")
    if whole := sorted(set(GROWING.findall(text))):
        sys.exit(f"Whole tables are read: {', '.join(whole)}")


if __name__ == "__main__":
    main()
