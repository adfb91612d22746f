from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("node_dashboard", "0001_initial"),
    ]

    operations = [
        migrations.AlterField(
            model_name="importedrow",
            name="value",
            field=models.PositiveBigIntegerField(
                default=0, help_text="Of a metric: how much was added to the daily counts here."
            ),
        ),
    ]
