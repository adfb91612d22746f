import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resetcodes", "0005_codes_of_creator"),
        ("service_credentials", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="resetcode",
            name="created_by_credential",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="The credential of the service that created it as itself.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="created_reset_codes",
                to="service_credentials.servicecredential",
            ),
        ),
    ]
