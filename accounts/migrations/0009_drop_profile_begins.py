"""Drop the indexes of the former search. The previous release searches without them until it is replaced, slower."""

from django.db import migrations

COLUMNS = ["contact_email", "display_email", "full_name", "display_name"]


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in COLUMNS:
            schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS profile_{column}_begins")


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in COLUMNS:
            schema_editor.execute(
                f"CREATE INDEX CONCURRENTLY profile_{column}_begins"
                f" ON accounts_profile (appid, lower({column}) text_pattern_ops) WHERE {column} <> ''"
            )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0008_fill_search_entries")]
    operations = [migrations.RunPython(drop, create)]
