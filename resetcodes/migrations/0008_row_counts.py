"""Keep the numbers of reset codes, whichever release writes them. The lock of the table is short."""

from django.db import migrations

from resetcodes.counted_rows import RESET_CODES
from dashboard.db.counts import triggers


class Migration(migrations.Migration):
    dependencies = [("resetcodes", "0007_codes_of_credential"), ("dashboard", "0002_row_counts")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: triggers.create(schema_editor, (RESET_CODES,)),
            lambda apps, schema_editor: triggers.drop(schema_editor, (RESET_CODES,)),
        ),
    ]
