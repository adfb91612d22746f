"""Who is owner after an import: there is one owner here, whoever the source says."""

from datetime import datetime

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from accounts.models import Account
from dashboard.cache.rows import row_cache
from node_dashboard.changes import imported_rows
from node_dashboard.judging import time
from node_dashboard.report import Report
from node_dashboard.source import Source


@transaction.atomic
def settle(source: Source, refused: set[str], report: Report, *, writing: bool) -> None:
    """Make the source's owner the owner here, unless somebody else is, other than by an import.

    An owner of the source who is not becomes an administrator here, and the report says so.
    """
    since = {row["accountid"]: time(row, "ownerSince") for row in source.owners() if row["accountid"] not in refused}
    owners = list(since)
    heir = next(iter(owners), None)
    here = Account.objects.select_for_update().owner().first()
    report.notes += [f"{it} is an owner in the source too: an administrator here." for it in owners if it != heir]
    if heir is None and here is None:
        report.notes.append("Nobody is owner. After the import, make somebody it: manage.py set_owner ACCOUNTID.")
    elif heir is not None and here is not None and here.pk != heir and not _was_given_up(source, here, owners):
        report.notes.append(f"{heir} is owner in the source; {here.pk} is owner here and stays it.")
    elif heir is not None and (here is None or here.pk != heir) and writing:
        _hand_over(heir, since[heir])


def _was_given_up(source: Source, here: Account, owners: list[str]) -> bool:
    """Whether the owner here is one whom an import made it, nobody changed since, and who is not in the source."""
    imported = imported_rows(source.appid, "accounts").filter(rowid=here.pk, source_updated_at=here.updated_at)
    return here.pk not in owners and imported.exists()


def _hand_over(heir: str, since: datetime | None) -> None:
    """`updated_at` stays as in the source: it tells what was changed here."""
    accountids = [heir, *Account.objects.owner().values_list("pk", flat=True)]
    row_cache.mark_dirty(*map(Account.cache_key, accountids))
    Account.objects.owner().update(owner_since=None)
    Account.objects.filter(pk=heir).update(
        owner_since=since, administrator_since=Coalesce("administrator_since", Value(since))
    )
