"""Imports a source table by table and batch by batch, each batch in a transaction of its own.

An interrupted import is completed by the next one, which finds the finished rows unchanged. A preview reads and
compares in the same way, and writes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.db import DataError, IntegrityError, transaction
from django.db.models import RestrictedError

from accounts.models import Account
from dashboard.core.actor import Actor
from node_dashboard import ownership, sync
from node_dashboard.conversion import CONVERTERS, RowConverter, RowRejected, has_other_fields
from node_dashboard.metrics import MetricsImport
from node_dashboard.models import ImportedRow
from node_dashboard.report import Report
from node_dashboard.source import BATCH_SIZE, ID, CannotImportError, Row, Source
from node_dashboard.sync import MODELS, imported_rows

Advance = Callable[[str, int], None]


class Importer:
    """Imports the rows of a source. With `writing` off, only report what an import would do."""

    def __init__(
        self, source: Source, converter: RowConverter, actor: Actor, advance: Advance, *, writing: bool
    ) -> None:
        self._source, self._converter, self._actor = source, converter, actor
        self._advance, self._writing = advance, writing
        self._report = Report(settings.APPID, source.appid)

    def run(self) -> Report:
        """Import everything. Deleted accounts come first, to free usernames; other rows when nothing refers to them."""
        self._refuse_another_database()
        self._delete_gone_rows("accounts")
        self._import_table("accounts")
        ownership.transfer_ownership(self._source, self._converter.rejected, self._report, writing=self._writing)
        for table in ("profiles", "sessions", "resetCodes"):
            self._delete_gone_rows(table)
            self._import_table(table)
        self._import_metrics()
        return self._report

    def _refuse_another_database(self) -> None:
        """Raise CannotImportError for a different database, since rows that the source lacks are deleted here."""
        before = imported_rows(self._source.appid, "accounts").order_by("rowid")
        accountids = list(before.values_list("rowid", flat=True)[:BATCH_SIZE])
        if accountids and not self._source.existing("accounts", accountids):
            raise CannotImportError(
                "The source has none of the accounts that were imported before: it is another database."
            )

    # New and changed rows

    def _import_table(self, table: str) -> None:
        for batch in self._source.batches(table):
            if table != "accounts":
                owners = {row["accountid"] for row in batch if row["accountid"] is not None}
                self._converter.accounts = self._source.accounts(sorted(owners, key=str))
            self._import_records(table, self._convert(table, batch))
            self._advance(table, len(batch))

    def _convert(self, table: str, batch: Sequence[Row]) -> list[Any]:
        records = []
        for row in batch:
            try:
                records.append(CONVERTERS[table](self._converter, row))
            except RowRejected as error:
                self._skip(table, row[ID[table]], str(error))
            else:
                self._note_omitted_fields(table, row)
        return records

    def _note_omitted_fields(self, table: str, row: Row) -> None:
        if table == "profiles" and has_other_fields(row):
            self._report.notes.append(f"{row['profileid']} has custom fields, which are not imported.")

    def _import_records(self, table: str, records: Sequence[Any], *, again: bool = False) -> None:
        """Import a batch. If the database refuses it, import its rows one by one, so that only one is skipped.

        Another run may have imported a refused row meanwhile: then it is found unchanged.
        """
        try:
            with transaction.atomic():
                found = sync.compare(self._source.appid, table, records, self._converter)
                if self._writing:
                    self._write(table, found)
        except (IntegrityError, DataError):
            if again:
                self._skip(table, records[0].pk, "the database here refuses it: it conflicts with another row")
            else:
                for record in records:
                    self._import_records(table, [record], again=True)
        else:
            self._report_on(table, found)

    def _write(self, table: str, found: sync.Changes) -> None:
        sync.write(self._source.appid, table, found, self._actor)
        if table == "profiles":
            sync.set_default_profiles([it for it in found.new if self._is_default(it)])

    def _is_default(self, profile: Any) -> bool:
        return bool(self._converter.accounts[profile.account_id]["profileid"] == profile.pk)

    def _report_on(self, table: str, found: sync.Changes) -> None:
        if table == "accounts":
            self._converter.changing.update(it.pk for it in found.changed)
        for outcome, rows in found.counts.items():
            self._report.count(table, outcome, rows)
        for rowid, (reason, is_here) in found.rejected.items():
            self._skip(table, rowid, reason, is_here=is_here)

    def _skip(self, table: str, rowid: object, reason: str, *, is_here: bool = False) -> None:
        self._report.skip(table, rowid, reason)
        if table == "accounts" and isinstance(rowid, str) and not is_here:
            self._converter.rejected.add(rowid)

    # Rows that are gone from the source

    def _delete_gone_rows(self, table: str) -> None:
        last = ""
        while True:
            batch = imported_rows(self._source.appid, table).filter(rowid__gt=last).order_by("rowid")
            rowids = list(batch.values_list("rowid", flat=True)[:BATCH_SIZE])
            if not rowids:
                return
            gone = sorted(set(rowids) - self._source.existing(table, rowids))
            if gone:
                self._delete(table, gone)
            last = rowids[-1]

    @transaction.atomic
    def _delete(self, table: str, rowids: list[str]) -> None:
        """Delete rows that the source no longer has, except accounts and profiles that were changed here."""
        imported = {it.rowid: it for it in imported_rows(self._source.appid, table).filter(rowid__in=rowids)}
        rows: Any = MODELS[table]._default_manager.select_for_update().filter(pk__in=rowids)
        for row in rows:
            if table in ("accounts", "profiles") and not _is_unchanged_since_import(row, imported[row.pk]):
                self._report.skip(table, row.pk, "it is gone from the source, but was changed here; it is kept")
                del imported[row.pk]
            elif self._writing and not self._delete_row(row):
                self._report.skip(table, row.pk, "it is gone from the source, but is the default of an account")
                del imported[row.pk]
        self._report.count(table, "gone", len(imported))
        if self._writing:
            ImportedRow.objects.filter(pk__in=[it.pk for it in imported.values()]).delete()

    def _delete_row(self, row: Any) -> bool:
        """Delete a row with everything that belongs to it. Return False if another row refers to it."""
        try:
            with transaction.atomic():
                if isinstance(row, Account):
                    sync.record_events([row.pk], self._actor)
                row.delete()
        except RestrictedError:
            return False
        return True

    # Metrics

    def _import_metrics(self) -> None:
        metrics = MetricsImport(self._source.appid, self._report)
        for batch in self._source.batches("metrics"):
            with transaction.atomic():
                metrics.import_(batch, writing=self._writing)
            self._advance("metrics", len(batch))
        metrics.compare_sums()


def _is_unchanged_since_import(row: Any, imported: ImportedRow) -> bool:
    is_owner = isinstance(row, Account) and row.owner_since is not None
    return not is_owner and bool(row.updated_at == imported.source_updated_at)
