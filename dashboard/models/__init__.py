"""The base of all models: ids with a prefix, the APPID, times, look-ups, and how rows are written.

Every way to write a `Record` marks it dirty in the cache, which docs/revocation.md relies on: `save_fields`, `save`,
`delete`, and those of `RecordQuerySet`. Exceptions are `RecordQuerySet.unmarked` and what bypasses the model: SQL,
`_base_manager`, and the `add()` and `set()` of related managers, which use it.
"""

from dashboard.models.epochs import CacheEpoch
from dashboard.models.fields import ID_PATTERN, IdField
from dashboard.models.managers import RecordManager, TenantManager
from dashboard.models.querysets import NewestFirstQuerySet, RecordQuerySet, refuse_unless_owned, without_orphans
from dashboard.models.records import Record, current_appid
from dashboard.models.row_counts import RowCount, RowCountChange

__all__ = [
    "ID_PATTERN",
    "CacheEpoch",
    "IdField",
    "NewestFirstQuerySet",
    "Record",
    "RecordManager",
    "RecordQuerySet",
    "RowCount",
    "RowCountChange",
    "TenantManager",
    "current_appid",
    "refuse_unless_owned",
    "without_orphans",
]
