"""An import that is cut off anywhere and run again comes to the same as one run."""

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from events.models import DailyFigure
from node_dashboard import changes, run, source
from sessions_app.models import Session
from tests.node_dashboard.conftest import Original
from tests.node_dashboard.test_further_runs import MODELS, brought, everything

KILLED = """
import os, signal, sys
import django
django.setup()
from dashboard.core.actor import Actor
from node_dashboard import services, source

def advance(table, rows):
    if table == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)

source.ROWS_AT_ONCE = 5
services.import_node_dashboard(services.Origin(sys.argv[1], "exampleapp"), Actor.command_line(), advance)
"""


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "ROWS_AT_ONCE", 5)
    monkeypatch.setattr(run, "ROWS_AT_ONCE", 5)


def in_one_run(original: Original) -> dict[str, Any]:
    """What is here after an import that nothing cuts off; then it is taken away again."""
    original.bring()
    whole = everything()
    changes.ImportedRow.objects.all().delete()
    Account.objects.update(profile=None)
    for model in reversed(MODELS):
        model._default_manager.all().delete()
    DailyFigure.objects.all().delete()
    assert everything() == {"figures": []}
    return whole


class CutOffError(Exception):
    pass


@pytest.mark.django_db
@pytest.mark.parametrize("step", [0, 2, 4, 8, 12])
def test_after_an_error_the_next_run_brings_the_rest(step: int, original: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error comes within a batch's transaction, after its rows were written: none of that batch is there."""
    whole = in_one_run(original)
    note, steps = changes._note, iter(range(step + 1))

    def cut_off(*args: Any) -> None:
        if next(steps) == step:
            raise CutOffError
        note(*args)

    with monkeypatch.context() as patched:
        patched.setattr(changes, "_note", cut_off)
        with pytest.raises(CutOffError):
            original.bring()
    assert everything() != whole
    original.bring()
    assert everything() == whole
    assert brought(original) == {}


@pytest.mark.process
@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("table", ["accounts", "profiles", "sessions", "resetCodes", "metrics"])
def test_after_a_kill_the_next_run_brings_the_rest(table: str, original: Any, settings: Any) -> None:
    whole = in_one_run(original)
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
    original.bring()
    assert everything() == whole
    assert brought(original) == {}
