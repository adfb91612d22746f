"""`python -m benchmarks.feed --events 10000`: every event arrives once and in order, although workers are killed.

It creates its own database on the PostgreSQL server of DATABASE_URL, and drops it afterwards.
"""

import argparse
import os
import secrets
import sys
from urllib.parse import urlsplit

import psycopg
from psycopg import sql


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.feed", description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--accounts", type=int, default=40)
    options = parser.parse_args()
    server = os.environ.get("DATABASE_URL", "")
    if not server.startswith("postgres"):
        sys.exit("Set DATABASE_URL to a PostgreSQL server.")
    name = f"feed_{secrets.token_hex(4)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            _measure(urlsplit(server)._replace(path=f"/{name}").geturl(), options)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _measure(url: str, options: argparse.Namespace) -> None:
    os.environ |= {
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
        "WEBHOOK_HTTP": "true",
        "WEBHOOK_NETWORKS": "127.0.0.0/8",
    }
    os.environ.setdefault("SECRET_KEY", secrets.token_hex())
    import django  # noqa: PLC0415  the settings are read now
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    from accounts.models import Account  # noqa: PLC0415
    from benchmarks.feed import scenario  # noqa: PLC0415

    Account.objects.bulk_create(
        Account(username_hash=f"{number:0128x}", password="!", session_key="") for number in range(options.accounts)
    )
    found = scenario.run(options.events, writers=options.writers, workers=options.workers, kills=options.kills)
    sys.stdout.write(
        f"{found.events:,} events by {options.writers} writers in {found.seconds_of_writers:.0f} s, read in"
        f" {found.pages:,} pages, delivered to 2 webhooks by {options.workers} workers in {found.seconds:.0f} s"
        f" with {found.sent:,} messages; workers killed: {found.kills}.\n"
    )
    sys.stdout.write("Each arrived once, in commit order.\n" if not found.faults else "\n".join(found.faults) + "\n")
    if found.faults:
        sys.exit(1)


if __name__ == "__main__":
    main()
