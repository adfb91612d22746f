"""Statements that are compiled once: find and lock a row, list a page, insert a row, update or delete rows.

The ORM writes each statement once for a process; later calls only bind values. README.md of `dashboard/db` has what
that saves, when to use it, and how to turn it off. Signals are not sent.
"""

from dashboard.db.prepared.reading import (
    Column,
    column,
    fetch_all,
    fetch_column,
    fetch_columns,
    fetch_one,
    fetch_page,
    select,
    select_for_share,
    select_for_share_and_update,
    select_for_update,
)
from dashboard.db.prepared.statements import Placeholder
from dashboard.db.prepared.writing import (
    BulkChange,
    Change,
    Requirement,
    delete_all,
    execute,
    execute_together,
    insert,
    update,
    update_all,
)

__all__ = [
    "BulkChange",
    "Change",
    "Column",
    "Placeholder",
    "Requirement",
    "column",
    "delete_all",
    "execute",
    "execute_together",
    "fetch_all",
    "fetch_column",
    "fetch_columns",
    "fetch_one",
    "fetch_page",
    "insert",
    "select",
    "select_for_share",
    "select_for_share_and_update",
    "select_for_update",
    "update",
    "update_all",
]
