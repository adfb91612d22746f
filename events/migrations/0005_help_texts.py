from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("events", "0004_figures_without_day"),
    ]

    operations = [
        migrations.AlterField(
            model_name="event",
            name="accountid",
            field=models.CharField(
                blank=True, help_text="The account concerned; empty if a sign-in named none.", max_length=21
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="refusal",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="The error code of a refused sign-in.", max_length=40
            ),
        ),
        migrations.AlterField(
            model_name="event",
            name="targetid",
            field=models.CharField(
                blank=True, help_text="The session, profile or reset code concerned.", max_length=21
            ),
        ),
    ]
