"""Adds the source's metrics to the daily counts here."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.db.models import F

from accounts.profile_fields import day
from events.models import DailyFigure
from events.services.metric_keys import ACTIONS
from node_dashboard.conversion import RowRejected, integer, timestamps
from node_dashboard.models import ImportedRow
from node_dashboard.report import Report
from node_dashboard.source import Row
from node_dashboard.sync import imported_rows

METRIC_PATTERN = re.compile(
    r"(?P<name>[a-z-]+)/(total|[12]\d{3}(-(0[1-9]|1[0-2]))?|(?P<day>[12]\d{3}-\d\d-\d\d))", re.ASCII
)


class MetricsImport:
    """Adds the growth of each daily metric since the last import. Longer periods are sums of days."""

    def __init__(self, source_appid: str, report: Report) -> None:
        self._source_appid, self._report = source_appid, report
        self._sums: Counter[str] = Counter()
        self._stated: dict[str, int] = {}

    def import_(self, rows: Sequence[Row], *, writing: bool) -> None:
        """Import a batch of metrics, in the caller's transaction."""
        metricids = [row["metricid"] for row in rows if is_metricid(row["metricid"])]
        known = imported_rows(self._source_appid, "metrics").filter(rowid__in=metricids).order_by("rowid")
        imported = {it.rowid: it for it in known.select_for_update()}
        for row in rows:
            try:
                self._import_row(row, imported.get(row["metricid"]), writing=writing)
            except RowRejected as error:
                self._report.skip("metrics", row["metricid"], str(error))

    def _import_row(self, row: Row, imported: ImportedRow | None, *, writing: bool) -> None:
        if not is_metricid(row["metricid"]):
            raise RowRejected("it is not a metric of a day, month or year that is counted here")
        value, updated_at = integer(row, "value", 0), timestamps(row)["updated_at"]
        name, period = row["metricid"].split("/")
        counted = day(period)
        if counted is None:
            self._stated[row["metricid"]] = value
            return
        for longer in ("total", f"{counted:%Y}", f"{counted:%Y-%m}"):
            self._sums[f"{name}/{longer}"] += value
        is_known = imported is not None
        imported = imported or self._new(row["metricid"], updated_at, writing=writing)
        added = value - imported.value
        is_new = not is_known and not imported.value
        self._report.count("metrics", "new" if is_new else "changed" if added else "unchanged")
        if writing and (added or is_new):
            _add(name, counted, added)
            imported.source_updated_at, imported.value = updated_at, value
            imported.save(update_fields=["source_updated_at", "value"])

    def _new(self, metricid: str, updated_at: datetime, *, writing: bool) -> ImportedRow:
        """Return the record of a metric that was not imported. If writing, store and lock it.

        Its value is 0, unless another run has imported the metric meanwhile, which is waited for.
        """
        unique = {"source_appid": self._source_appid, "table": "metrics", "rowid": metricid}
        record = ImportedRow(**unique, source_updated_at=updated_at)
        if not writing:
            return record
        ImportedRow.objects.bulk_create([record], ignore_conflicts=True)
        return ImportedRow.objects.select_for_update().get(**unique)

    def compare_sums(self) -> None:
        """Report totals of longer periods that differ from the sum of their days."""
        for metricid, stated in self._stated.items():
            if stated != self._sums[metricid]:
                self._report.notes.append(
                    f"{metricid} is {stated} in the source; here it is the sum of its days, {self._sums[metricid]}."
                )


def is_metricid(value: Any) -> bool:
    """Return whether a value has the form <name of a metric>/<total, year, month or day>."""
    form = METRIC_PATTERN.fullmatch(value) if isinstance(value, str) else None
    return form is not None and form["name"] in ACTIONS and (form["day"] is None or day(form["day"]) is not None)


def _add(name: str, counted: date, added: int) -> None:
    DailyFigure.objects.bulk_create([DailyFigure(name=name, day=counted, value=0)], ignore_conflicts=True)
    DailyFigure.objects.filter(name=name, day=counted).update(value=F("value") + added)
