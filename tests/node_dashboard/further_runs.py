"""What the tests of later runs share."""

from typing import Any

from django.forms.models import model_to_dict

from accounts.models import Account, Profile
from dashboard.core.actor import Actor
from dashboard.models import Record
from events.services.metric_keys import metric_keys
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests import node

OPERATOR = Actor.command_line()
MODELS: tuple[type[Record], ...] = (Account, Profile, Session, ResetCode)
OWNER, ADMINISTRATOR = node.ACCOUNTS[0], node.ACCOUNTS[1]
PERSON = node.ACCOUNTS[4]
PERSONID = PERSON["accountid"]
LATER = "2026-11-21 02:00:00.000 +00:00"
KEPT = "it was changed both here and in the source since it was imported; it is kept as it is here"
NEW_HASH = "$2b$04$" + "a" * 21 + "." + "a" * 31


def everything() -> dict[str, Any]:
    rows = {
        row.pk: (model_to_dict(row), row.appid, row.created_at, row.updated_at)
        for m in MODELS
        for row in m.objects.all()
    }
    return {**rows, "metrics": [str(it) for it in metric_keys(",".join(node.rows("metrics")))]}


def imported_counts(original: Any) -> dict[str, dict[str, int]]:
    """Return the counts of a run except unchanged rows. Its preview has the same."""
    preview, report = original.preview().as_json(), original.import_().as_json()
    assert preview == report
    counts = {
        table: {outcome: rows for outcome, rows in counts.items() if rows and outcome != "unchanged"}
        for table, counts in report["tables"].items()
    }
    return {table: counted for table, counted in counts.items() if counted}


def skipped(original: Any) -> list[tuple[str, str]]:
    return [(row.rowid, row.reason) for row in original.import_().skipped]
