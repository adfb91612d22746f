"""Note the transaction of each event, and what readers of the feed have confirmed.

The column is added without a default and gets it afterwards (0010), so that PostgreSQL rewrites no row; the lock of
either statement is short. Events from before have no transaction: they are older than every reader.
"""

import django.utils.timezone
from django.db import migrations, models

import dashboard.models

HELP = "In which transaction of PostgreSQL it was written; see docs/decisions/0017-feed.md."


class Migration(migrations.Migration):
    dependencies = [("events", "0008_service_credentials")]

    operations = [
        migrations.CreateModel(
            name="FeedReader",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("appid", models.CharField(default=dashboard.models.current_appid, max_length=255)),
                (
                    "owner",
                    models.CharField(
                        blank=True, help_text="The service credential or webhook that reads.", max_length=21
                    ),
                ),
                ("name", models.CharField(max_length=50)),
                ("cursor", models.TextField()),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "confirmed_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, help_text="When it has last said how far it is."
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("appid", "owner", "name"), name="feed_reader")]
            },
        ),
        migrations.CreateModel(
            name="FeedState",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("appid", models.CharField(default=dashboard.models.current_appid, max_length=255, unique=True)),
                ("history", models.CharField(blank=True, max_length=40)),
                ("foreign_through", models.BigIntegerField(default=0)),
                (
                    "purged_through",
                    models.BigIntegerField(default=0, help_text="The largest id of an event that was purged."),
                ),
                (
                    "purged_transaction_id",
                    models.BigIntegerField(
                        default=0, help_text="The largest transaction number of one, in this history."
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="event",
            name="transaction_id",
            field=models.BigIntegerField(blank=True, editable=False, help_text=HELP, null=True),
        ),
    ]
