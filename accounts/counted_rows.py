"""The lists of accounts and profiles whose numbers of rows are kept: see dashboard/db/counts/row_counts.py."""

from dashboard.db.counts.row_counts import CountedRows

ACCOUNTS = CountedRows("account", "accounts_account", "accountid")
ADMINISTRATORS = CountedRows("administrator", "accounts_account", "accountid", "administrator_since")
DELETED = CountedRows("deleted-account", "accounts_account", "accountid", "deleted_at")  # whose deletion is scheduled
PROFILES = CountedRows("profile", "accounts_profile", "profileid")
