"""docs/operations.md, "Upgrading": the previous release serves while the new one migrates and takes its place."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest
from django.conf import settings

from benchmarks.revocation.servers import database
from tests.e2e.upgrading import Balancer, People
from throwaway.dashboard import Release, unpack_previous_release
from throwaway.redis import redis

pytestmark = [pytest.mark.process, pytest.mark.postgresql]

PROJECT = Path(settings.BASE_DIR)
SECOND_FACTORS = (
    "INSERT INTO second_factors_recoverycode (account_id, code_hash, created_at) SELECT accountid, %s, now()"
    " FROM accounts_account WHERE deleted_at < now() AND owner_since IS NULL"
)


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The settings of all servers: an empty database, and a Redis."""
    with database() as url, redis() as port:
        yield {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": url,
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "SECRET_KEY": token_hex(),
            "BCRYPT_WORKLOAD_FACTOR": "4",
            "DELETE_DELAY": "0",
            "RATE_LIMITS": "false",
        }


@pytest.fixture
def old(tmp_path: Path, environment: dict[str, str]) -> Release:
    return Release(unpack_previous_release(tmp_path / "old"), environment)


@pytest.fixture
def new(environment: dict[str, str]) -> Release:
    return Release(PROJECT, environment)


def test_no_request_fails_while_servers_are_replaced_one_by_one(old: Release, new: Release, tmp_path: Path) -> None:
    balancer = Balancer()
    people, log = People(balancer), tmp_path / "log"
    old.manage("migrate", "-v0")
    with ExitStack() as servers:
        former = [servers.enter_context(old.serving(log)) for _ in range(2)]
        for server in former:
            balancer.add(server)
        with people.busy():
            people.go_on()
            assert "may keep serving" in new.manage("upgrade_check")
            new.manage("migrate", "-v0")
            people.go_on()
            assert "deleted" in old.manage("purge_deleted_accounts")
            for server in former:
                balancer.add(servers.enter_context(new.serving(log)))
                people.go_on()
                delete_accounts_with_new_rows(old)
                balancer.remove(server)
                server.stop()
                people.go_on()
            assert "deleted" in new.manage("purge_deleted_accounts")
    assert people.faults == []
    assert people.done["user/session"] > people.done["user/create-session"] > people.done["user/create-account"] >= 36


def delete_accounts_with_new_rows(old: Release) -> None:
    """Let the previous release delete accounts that have been at the new one, each with a second factor."""
    with psycopg.connect(old.environment["DATABASE_URL"]) as connection:
        assert connection.execute(SECOND_FACTORS, [token_hex()]).rowcount
    assert "deleted" in old.manage("purge_deleted_accounts")
    with psycopg.connect(old.environment["DATABASE_URL"]) as connection:
        assert connection.execute("SELECT 1 FROM second_factors_recoverycode").rowcount == 0
