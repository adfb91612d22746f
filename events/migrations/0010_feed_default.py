"""Let PostgreSQL note the transaction of each event from now on, and find events by it."""

from django.db import migrations, models

import events.models
from dashboard.db.migrations import AddIndexConcurrently

HELP = "In which transaction of PostgreSQL it was written; see docs/decisions/0017-feed.md."


def set_default(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE events_event ALTER COLUMN transaction_id SET DEFAULT pg_current_xact_id()::text::bigint"
        )


def drop_default(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE events_event ALTER COLUMN transaction_id DROP DEFAULT")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("events", "0009_feed")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(set_default, drop_default)],
            state_operations=[
                migrations.AlterField(
                    model_name="event",
                    name="transaction_id",
                    field=models.BigIntegerField(
                        blank=True,
                        db_default=events.models.CurrentTransaction(),
                        editable=False,
                        help_text=HELP,
                        null=True,
                    ),
                )
            ],
        ),
        AddIndexConcurrently(
            model_name="event",
            index=models.Index(
                condition=models.Q(("transaction_id__isnull", False)),
                fields=["appid", "transaction_id", "id"],
                name="event_of_transaction",
            ),
        ),
    ]
