"""A backup that is restored as docs/deployment.md says: into the same server, with after_restore before the start."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from tests.e2e.test_path_prefix import PASSWORD, Answer, ask
from tests.gateway.serving import serving
from throwaway.postgresql import PostgreSQL, postgresql
from throwaway.programs import program

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]

PERSON = {"username": "the-owner-of-all", "password": PASSWORD}
SETTINGS = {"SECRET_KEY": "a secret of the tests", "RATE_LIMITS": "false", "BCRYPT_WORKLOAD_FACTOR": "4"}


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


def manage(server: PostgreSQL, *command: str) -> Any:
    """Run a command with --json; return what it printed."""
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    ended = subprocess.run(
        [sys.executable, "manage.py", *command, "--json"],
        env={**environment, **SETTINGS, "DATABASE_URL": server.url()},
        cwd=project.BASE_DIR, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


def tool(server: PostgreSQL, name: str, *arguments: str) -> None:
    place = ["--host=127.0.0.1", f"--port={server.port}", "--username=postgres"]
    subprocess.run([program(name), *place, *arguments], check=True, capture_output=True, timeout=300)


def sign_in(port: int) -> tuple[str, str]:
    """Return the id of a new session, and its cookies."""
    session = ask(port, "POST", "/api/user/create-session", PERSON).json
    return session["sessionid"], f"sessionid={session['sessionid']}; token={session['token']}"


def feed(port: int, token: str, query: str = "") -> Answer:
    return ask(port, "GET", f"/api/feed{query}", Authorization=f"Bearer {token}")


def eventids(answer: Answer) -> list[str]:
    assert answer.status == 200, answer.body
    return [event["eventid"] for event in answer.json["events"]]


def test_what_has_ended_since_the_backup_stays_ended(server: PostgreSQL, tmp_path: Path) -> None:
    backup, shared = tmp_path / "dashboard.dump", {**SETTINGS, "DATABASE_URL": server.url()}
    with serving(tmp_path, **shared) as before:
        ask(before.port, "POST", "/api/user/create-account", PERSON)
        token = manage(server, "create_credential", "A reader", "--scope", "read-events")["token"]
        sessionid, cookies = sign_in(before.port)
        tool(server, "pg_dump", "--format=custom", f"--file={backup}", "dashboard")
        path = f"/api/user/set-session-ended?sessionid={sessionid}"
        assert ask(before.port, "PATCH", path, Cookie=cookies).status == 200
        sign_in(before.port)
        seen = eventids(feed(before.port, token, "?after=beginning&limit=1000"))
        cursor = feed(before.port, token).json["cursor"]

    server.execute("DROP DATABASE dashboard WITH (FORCE)", "CREATE DATABASE dashboard", database="postgres")
    tool(server, "pg_restore", "--dbname=dashboard", "--exit-on-error", str(backup))
    assert manage(server, "after_restore", "--yes")["sessions"] == 1

    with serving(tmp_path, **shared) as after:
        assert ask(after.port, "GET", "/api/user/session", Cookie=cookies).status == 401
        refused = feed(after.port, token, f"?after={cursor}")
        assert (refused.status, refused.json["message"]) == (410, "feed-restarted")
        sign_in(after.port)
        kept = eventids(feed(after.port, token, "?after=beginning&limit=1000"))
        new = [it for it in kept if it not in seen]
        assert [it for it in kept if it in seen] == seen[: len(kept) - len(new)]
        assert len(new) == 3  # after-restore, end-sessions, create-session
