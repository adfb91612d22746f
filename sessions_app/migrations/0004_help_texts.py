from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sessions_app", "0003_active_sessions"),
    ]

    operations = [
        migrations.AlterField(
            model_name="session",
            name="duration",
            field=models.PositiveIntegerField(help_text="Lifetime in seconds."),
        ),
        migrations.AlterField(
            model_name="session",
            name="ended_by_action",
            field=models.CharField(
                blank=True,
                help_text="The operation that ended it, by its name in events; empty if it expired.",
                max_length=40,
            ),
        ),
        migrations.AlterField(
            model_name="session",
            name="ended_by_kind",
            field=models.CharField(blank=True, help_text="The capacity in which the actor ended it.", max_length=20),
        ),
        migrations.AlterField(
            model_name="session",
            name="last_seen_at",
            field=models.DateTimeField(blank=True, help_text="Updated at most once a minute.", null=True),
        ),
        migrations.AlterField(
            model_name="session",
            name="last_verified_at",
            field=models.DateTimeField(help_text="When the password was last verified."),
        ),
        migrations.AlterField(
            model_name="session",
            name="session_key_number",
            field=models.PositiveIntegerField(help_text="Number of the account's session key at sign-in."),
        ),
    ]
