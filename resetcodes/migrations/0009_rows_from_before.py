"""Count the reset codes that were there before the triggers. Others may write meanwhile."""

from django.db import migrations

from resetcodes.counted_rows import RESET_CODES
from dashboard.db.counts import row_counts


def fill(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for rows in (RESET_CODES,):
            row_counts.recount(rows)


class Migration(migrations.Migration):
    dependencies = [("resetcodes", "0008_row_counts")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
