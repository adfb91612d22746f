"""Tell PostgreSQL that an account has about five sessions and ten events, however many accounts there are.

Its sample of a large table finds too few accounts. For the newest rows of some of them it would then walk through those
of all, millions of rows, instead of reading theirs.
"""

from django.db import migrations

COLUMNS = {"sessions_app_session": ("account_id", -0.2), "events_event": ("accountid", -0.1)}


def tell(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, (column, per_row) in COLUMNS.items():
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET (n_distinct = {per_row})")
            schema_editor.execute(f"ANALYZE {table} ({column})")


def forget(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for table, (column, _) in COLUMNS.items():
            schema_editor.execute(f"ALTER TABLE {table} ALTER COLUMN {column} RESET (n_distinct)")


class Migration(migrations.Migration):
    dependencies = [("events", "0006_details"), ("sessions_app", "0005_second_factors")]
    operations = [migrations.RunPython(tell, forget)]
