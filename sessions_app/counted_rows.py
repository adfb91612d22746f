"""The list of sessions, whose number of rows is kept: see dashboard/db/counts/row_counts.py."""

from dashboard.db.counts.row_counts import CountedRows

SESSIONS = CountedRows("session", "sessions_app_session", "sessionid")
