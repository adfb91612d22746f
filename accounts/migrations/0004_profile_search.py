"""How names and email addresses begin, in lower case. The operator class makes LIKE use it whatever the collation is."""

from django.db import migrations

COLUMNS = ["contact_email", "display_email", "full_name", "display_name"]


def create(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in COLUMNS:
            schema_editor.execute(
                f"CREATE INDEX profile_{column}_begins ON accounts_profile (appid, lower({column}) text_pattern_ops)"
                f" WHERE {column} <> ''"
            )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for column in COLUMNS:
            schema_editor.execute(f"DROP INDEX profile_{column}_begins")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_accounts_that_are_due")]
    operations = [migrations.RunPython(create, drop)]
