"""An import that is interrupted and run again has the same result as one run."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from events.models import DailyFigure
from node_dashboard import importer, source, sync
from sessions_app.models import Session
from tests.node_dashboard.conftest import Original
from tests.node_dashboard.further_runs import MODELS, everything, imported_counts

KILLED = """
import os, signal, sys
import django
django.setup()
from dashboard.core.actor import Actor
from node_dashboard import services, source

def advance(table, rows):
    if table == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

source.BATCH_SIZE = 5
services.import_node_dashboard(services.Origin(sys.argv[1], "exampleapp"), Actor.command_line(), advance)
"""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "BATCH_SIZE", 5)
    monkeypatch.setattr(importer, "BATCH_SIZE", 5)


def result_of_one_run(original: Original) -> dict[str, Any]:
    """Return all rows after an uninterrupted import, and delete them again."""
    original.import_()
    whole = everything()
    sync.ImportedRow.objects.all().delete()
    Account.objects.update(profile=None)
    for model in reversed(MODELS):
        model._default_manager.all().delete()
    DailyFigure.objects.all().delete()
    assert everything() == {"metrics": []}
    return whole


class InterruptedImportError(Exception):
    pass


@pytest.mark.django_db
@pytest.mark.parametrize("step", [0, 2, 4, 8, 12])
def test_next_run_imports_the_rest_after_an_error(step: int, original: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error is raised in the transaction of a batch, after its rows were written, and rolls them back."""
    whole = result_of_one_run(original)
    record, steps = sync._record_imported, iter(range(step + 1))

    def interrupt(*args: Any) -> None:
        if next(steps) == step:
            raise InterruptedImportError
        record(*args)

    with monkeypatch.context() as patched:
        patched.setattr(sync, "_record_imported", interrupt)
        with pytest.raises(InterruptedImportError):
            original.import_()
    assert everything() != whole
    original.import_()
    assert everything() == whole
    assert imported_counts(original) == {}


@pytest.mark.process
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["accounts", "profiles", "sessions", "resetCodes", "metrics"])
def test_next_run_imports_the_rest_after_a_kill(table: str, original: Any, settings: Any) -> None:
    whole = result_of_one_run(original)
    database = connection.settings_dict
    host, port, name = database["HOST"], database["PORT"] or 5432, database["NAME"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"postgresql://{database['USER']}:{database['PASSWORD']}@{host}:{port}/{name}",
        "DASHBOARD_ENCRYPTION_KEY": ",".join(settings.DASHBOARD_ENCRYPTION_KEY),
        "DASHBOARD_SESSION_KEY": ",".join(settings.DASHBOARD_SESSION_KEY),
    }
    killed = subprocess.run([sys.executable, "-c", KILLED, original.url, table], env=environment, check=False)
    assert killed.returncode == -signal.SIGKILL
    assert Account.objects.exists()
    assert Session.objects.count() < 24 or table in ("resetCodes", "metrics")
    original.import_()
    assert everything() == whole
    assert imported_counts(original) == {}
