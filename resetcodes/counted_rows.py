"""The list of reset codes, whose number of rows is kept: see dashboard/db/counts/row_counts.py."""

from dashboard.db.counts.row_counts import CountedRows

RESET_CODES = CountedRows("reset-code", "resetcodes_resetcode", "codeid", one_by_one=True)
