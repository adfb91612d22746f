"""Count the accounts and profiles that were there before the triggers. Others may write meanwhile."""

from django.db import migrations

from accounts.counted_rows import ACCOUNTS, ADMINISTRATORS, DELETED, PROFILES
from dashboard.db.counts import row_counts


def fill(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for rows in (ACCOUNTS, ADMINISTRATORS, DELETED, PROFILES,):
            row_counts.recount(rows)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0015_row_counts")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
