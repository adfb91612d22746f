"""One run over a source: table by table and batch by batch, each batch in a transaction of its own.

A run that was interrupted is finished by the next one: what is here already, that one finds unchanged. A preview reads
and compares in the same way, and writes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import RestrictedError

from accounts.models import Account
from dashboard.core.actor import Actor
from node_dashboard import changes, ownership
from node_dashboard.changes import MODELS, imported_rows
from node_dashboard.figures import Figures
from node_dashboard.judging import JUDGED, Judge, UnfitError, has_other_fields
from node_dashboard.models import ImportedRow
from node_dashboard.report import Report
from node_dashboard.source import ID, ROWS_AT_ONCE, CannotImportError, Row, Source

Advance = Callable[[str, int], None]


class Run:
    """Brings a source's rows, or with `writing` off only finds out what that would do."""

    def __init__(self, source: Source, judge: Judge, actor: Actor, advance: Advance, *, writing: bool) -> None:
        self._source, self._judge, self._actor = source, judge, actor
        self._advance, self._writing = advance, writing
        self._report = Report(settings.APPID, source.appid)

    def perform(self) -> Report:
        """Gone accounts come first, since they free usernames; other rows once nothing refers to them any more."""
        self._refuse_another_database()
        self._take_away("accounts")
        self._bring("accounts")
        ownership.settle(self._source, self._judge.refused, self._report, writing=self._writing)
        for table in ("profiles", "sessions", "resetCodes"):
            self._take_away(table)
            self._bring(table)
        self._bring_figures()
        return self._report

    def _refuse_another_database(self) -> None:
        """What is not in the source is deleted here, so a source that never had it must not be taken for this one."""
        before = imported_rows(self._source.appid, "accounts").order_by("rowid")
        accountids = list(before.values_list("rowid", flat=True)[:ROWS_AT_ONCE])
        if accountids and not self._source.existing("accounts", accountids):
            raise CannotImportError("The source has none of the accounts that were imported before: it is another one.")

    # What is new or changed

    def _bring(self, table: str) -> None:
        for batch in self._source.batches(table):
            if table != "accounts":
                owners = {row["accountid"] for row in batch if row["accountid"] is not None}
                self._judge.accounts = self._source.accounts(sorted(owners, key=str))
            self._take(table, self._judged(table, batch))
            self._advance(table, len(batch))

    def _judged(self, table: str, batch: Sequence[Row]) -> list[Any]:
        records = []
        for row in batch:
            try:
                records.append(JUDGED[table](self._judge, row))
            except UnfitError as error:
                self._skip(table, row[ID[table]], str(error))
            else:
                self._note_what_is_left_out(table, row)
        return records

    def _note_what_is_left_out(self, table: str, row: Row) -> None:
        if table == "profiles" and has_other_fields(row):
            self._report.notes.append(f"{row['profileid']} has fields of your application's own, which are not taken.")

    def _take(self, table: str, records: Sequence[Any]) -> None:
        """A row that the database refuses is left out alone: the others of its batch are taken one by one."""
        try:
            with transaction.atomic():
                found = changes.compare(self._source.appid, table, records, self._judge)
                if self._writing:
                    self._write(table, found)
        except (IntegrityError, DataError):
            if len(records) == 1:
                self._skip(table, records[0].pk, "the database here refuses it: it contradicts another row")
            else:
                for record in records:
                    self._take(table, [record])
        else:
            self._report_on(table, found)

    def _write(self, table: str, found: changes.Changes) -> None:
        changes.write(self._source.appid, table, found, self._actor)
        if table == "profiles":
            changes.set_default_profiles([it for it in found.new if self._is_default(it)])

    def _is_default(self, profile: Any) -> bool:
        return bool(self._judge.accounts[profile.account_id]["profileid"] == profile.pk)

    def _report_on(self, table: str, found: changes.Changes) -> None:
        if table == "accounts":
            self._judge.changing.update(it.pk for it in found.changed)
        for outcome, rows in found.counts.items():
            self._report.count(table, outcome, rows)
        for rowid, (reason, is_here) in found.unfit.items():
            self._skip(table, rowid, reason, is_here=is_here)

    def _skip(self, table: str, rowid: object, reason: str, *, is_here: bool = False) -> None:
        self._report.skip(table, rowid, reason)
        if table == "accounts" and isinstance(rowid, str) and not is_here:
            self._judge.refused.add(rowid)

    # What is gone

    def _take_away(self, table: str) -> None:
        last = ""
        while True:
            batch = imported_rows(self._source.appid, table).filter(rowid__gt=last).order_by("rowid")
            rowids = list(batch.values_list("rowid", flat=True)[:ROWS_AT_ONCE])
            if not rowids:
                return
            gone = sorted(set(rowids) - self._source.existing(table, rowids))
            if gone:
                self._delete(table, gone)
            last = rowids[-1]

    @transaction.atomic
    def _delete(self, table: str, rowids: list[str]) -> None:
        """Rows that the source has no more. Of accounts and profiles, those that were changed here stay."""
        imported = {it.rowid: it for it in imported_rows(self._source.appid, table).filter(rowid__in=rowids)}
        rows: Any = MODELS[table]._default_manager.select_for_update().filter(pk__in=rowids)
        for row in rows:
            if table in ("accounts", "profiles") and not _is_as_brought(row, imported[row.pk]):
                self._report.skip(table, row.pk, "it is gone from the source, but was changed here; it stays")
                del imported[row.pk]
            elif self._writing and not self._delete_row(row):
                self._report.skip(table, row.pk, "it is gone from the source, but is still somebody's default")
                del imported[row.pk]
        self._report.count(table, "gone", len(imported))
        if self._writing:
            ImportedRow.objects.filter(pk__in=[it.pk for it in imported.values()]).delete()

    def _delete_row(self, row: Any) -> bool:
        """Whether it could be deleted."""
        try:
            with transaction.atomic():
                if isinstance(row, Account):
                    changes.record_events([row.pk], self._actor)
                row.delete()
        except RestrictedError:
            return False
        return True

    # Figures

    def _bring_figures(self) -> None:
        figures = Figures(self._source.appid, self._report)
        for batch in self._source.batches("metrics"):
            with transaction.atomic():
                figures.bring(batch, writing=self._writing)
            self._advance("metrics", len(batch))
        figures.compare_sums()


def _is_as_brought(row: Any, imported: ImportedRow) -> bool:
    is_owner = isinstance(row, Account) and row.owner_since is not None
    return not is_owner and bool(row.updated_at == imported.source_updated_at)
