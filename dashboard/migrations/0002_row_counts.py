"""The numbers of rows, and the function that adds up changes of them. Apps make the triggers of their tables."""

from django.db import migrations, models

from dashboard.db.counts import triggers


class Migration(migrations.Migration):
    dependencies = [("dashboard", "0001_cache_epoch")]

    operations = [
        migrations.CreateModel(
            name="RowCountChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("appid", models.CharField(max_length=255)),
                ("kind", models.CharField(max_length=20)),
                ("hour", models.IntegerField()),
                ("change", models.IntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RowCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("appid", models.CharField(max_length=255)),
                ("kind", models.CharField(max_length=20)),
                ("hours", models.PositiveSmallIntegerField()),
                ("begins", models.IntegerField()),
                ("number", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("appid", "kind", "hours", "begins"), name="row_count_of_period"
                    )
                ],
            },
        ),
        migrations.RunPython(
            lambda apps, schema_editor: triggers.create_functions(schema_editor),
            lambda apps, schema_editor: triggers.drop_functions(schema_editor),
        ),
    ]
