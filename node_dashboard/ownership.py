"""Decides who is the owner after an import. There is one owner here; a source may have several."""

from datetime import datetime

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from accounts.models import Account
from node_dashboard.conversion import time
from node_dashboard.report import Report
from node_dashboard.source import Source
from node_dashboard.sync import imported_rows


@transaction.atomic
def transfer_ownership(source: Source, rejected: set[str], report: Report, *, writing: bool) -> None:
    """Make the source's owner the owner here, unless there is an owner whom an import did not appoint.

    Other owners of the source become administrators here, which the report notes.
    """
    since = {row["accountid"]: time(row, "ownerSince") for row in source.owners() if row["accountid"] not in rejected}
    owners = list(since)
    heir = next(iter(owners), None)
    here = Account.objects.select_for_update().owner().first()
    report.notes += [f"{it} is another owner in the source, and an administrator here." for it in owners if it != heir]
    if heir is None and here is None:
        report.notes.append("There is no owner. After the import, appoint one: manage.py set_owner ACCOUNTID.")
    elif heir is not None and here is not None and here.pk != heir and not _was_given_up(source, here, owners):
        report.notes.append(f"{heir} is the owner in the source; {here.pk} remains the owner here.")
    elif heir is not None and (here is None or here.pk != heir) and writing:
        _hand_over(heir, since[heir])


def _was_given_up(source: Source, here: Account, owners: list[str]) -> bool:
    """Return whether an import appointed the owner here, who is unchanged since and not an owner in the source now."""
    imported = imported_rows(source.appid, "accounts").filter(rowid=here.pk, source_updated_at=here.updated_at)
    return here.pk not in owners and imported.exists()


def _hand_over(heir: str, since: datetime | None) -> None:
    """Write the new owner. Keep `updated_at` as in the source: another value marks a row as changed here."""
    Account.objects.owner().update(owner_since=None)
    Account.objects.filter(pk=heir).update(
        owner_since=since, administrator_since=Coalesce("administrator_since", Value(since))
    )
