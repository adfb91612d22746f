"""migrate: one process at a time, however many machines start at once."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from django.core.management.commands import migrate as djangos
from django.db import ConnectionHandler, connection

from dashboard.db.postgresql import turns
from tests.commands import Ended, run

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def another() -> Iterator[Any]:
    """The connection of another process that is migrating."""
    database = ConnectionHandler({"default": {**connection.settings_dict}})["default"]
    assert turns._ask(database, "SELECT pg_try_advisory_lock(%s)")
    yield database
    database.close()


def test_migrate_waits_for_another_process(another: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "LOOK_SECONDS", 0.01)
    migrated: list[bool] = []
    monkeypatch.setattr(djangos.Command, "handle", lambda *args, **options: migrated.append(another.connection is None))
    ended: list[Ended] = []

    def migrate() -> None:
        ended.append(run("migrate", "--verbosity", "0"))
        connection.close()

    process = Thread(target=migrate)
    process.start()
    process.join(1)
    assert process.is_alive()
    another.close()  # its process ends, however it does
    process.join(30)
    assert migrated == [True]
    assert ended[0].complained == "Another process is migrating this database; waiting for it.\n"


def test_migrate_lets_others_go_on_afterwards() -> None:
    for _ in range(2):
        assert run("migrate", "--verbosity", "0").complained == ""
    database = ConnectionHandler({"default": {**connection.settings_dict}})["default"]
    try:
        assert turns._ask(database, "SELECT pg_try_advisory_lock(%s)")
    finally:
        database.close()
