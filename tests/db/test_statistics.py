"""What PostgreSQL is told about the distribution of rows, which its samples get wrong."""

import pytest
from django.db import connection


@pytest.mark.postgresql
@pytest.mark.parametrize(
    ("table", "column", "per_row"), [("sessions_app_session", "account_id", -0.2), ("events_event", "accountid", -0.1)]
)
def test_accounts_are_as_many_as_rows_allow(db: None, table: str, column: str, per_row: float) -> None:
    """Otherwise the newest rows of 50 accounts are looked for among those of all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attoptions FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s", [table, column]
        )
        (options,) = cursor.fetchone()
    assert f"n_distinct={per_row}" in options
