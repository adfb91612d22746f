from django.db import migrations, models

from dashboard.db.migrations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("resetcodes", "0004_created_by")]

    operations = [
        AddIndexConcurrently(
            model_name="resetcode",
            index=models.Index(
                condition=models.Q(("created_by__isnull", False)), fields=["created_by"], name="reset_code_of_creator"
            ),
        ),
    ]
