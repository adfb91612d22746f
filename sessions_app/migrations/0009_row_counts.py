"""Keep the numbers of sessions, whichever release writes them. The lock of the table is short."""

from django.db import migrations

from sessions_app.counted_rows import SESSIONS
from dashboard.db.counts import triggers


class Migration(migrations.Migration):
    dependencies = [("sessions_app", "0008_cascades"), ("dashboard", "0002_row_counts")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: triggers.create(schema_editor, (SESSIONS,)),
            lambda apps, schema_editor: triggers.drop(schema_editor, (SESSIONS,)),
        ),
    ]
