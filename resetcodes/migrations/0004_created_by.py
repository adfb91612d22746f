import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("resetcodes", "0003_attempts_left"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="resetcode",
            name="created_by",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                help_text="The administrator who created it for somebody else.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="created_reset_codes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
    ]
