"""Keep the numbers of accounts and profiles, whichever release writes them. The lock of the table is short."""

from django.db import migrations

from accounts.counted_rows import ACCOUNTS, ADMINISTRATORS, DELETED, PROFILES
from dashboard.db.counts import triggers


class Migration(migrations.Migration):
    dependencies = [("accounts", "0014_cascades"), ("dashboard", "0002_row_counts")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: triggers.create(schema_editor, (ACCOUNTS, ADMINISTRATORS, DELETED)),
            lambda apps, schema_editor: triggers.drop(schema_editor, (ACCOUNTS, ADMINISTRATORS, DELETED)),
        ),
        migrations.RunPython(
            lambda apps, schema_editor: triggers.create(schema_editor, (PROFILES,)),
            lambda apps, schema_editor: triggers.drop(schema_editor, (PROFILES,)),
        ),
    ]
