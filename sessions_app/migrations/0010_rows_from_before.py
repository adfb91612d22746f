"""Count the sessions that were there before the triggers. Others may write meanwhile."""

from django.db import migrations

from sessions_app.counted_rows import SESSIONS
from dashboard.db.counts import row_counts


def fill(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for rows in (SESSIONS,):
            row_counts.recount(rows)


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0009_row_counts")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
