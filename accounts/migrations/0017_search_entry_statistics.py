"""Tell PostgreSQL how many search entries a profile has, which it guesses too high from a sample of a large table.

It would read the whole table when some hundred profiles are deleted. The next ANALYZE takes the numbers over.
"""

from django.db import migrations

SHARE = -0.06  # of the rows are different: a profile has about 16 entries


def set_shares(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in ("accountid", "profileid"):
            schema_editor.execute(f"ALTER TABLE accounts_searchentry ALTER COLUMN {column} SET (n_distinct = {SHARE})")


def reset_shares(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in ("accountid", "profileid"):
            schema_editor.execute(f"ALTER TABLE accounts_searchentry ALTER COLUMN {column} RESET (n_distinct)")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_rows_from_before")]
    operations = [migrations.RunPython(set_shares, reset_shares)]
