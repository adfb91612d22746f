"""Let a restored database begin a new history of the feed, also where PostgreSQL goes on with its own."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0010_feed_default")]

    operations = [
        migrations.AddField(
            model_name="feedstate",
            name="begun_history",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Made up when a backup was restored; a part of the history.",
                max_length=8,
            ),
        ),
    ]
