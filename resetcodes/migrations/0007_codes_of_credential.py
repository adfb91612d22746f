from django.db import migrations, models

from dashboard.db.migrations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("resetcodes", "0006_created_by_credential")]

    operations = [
        AddIndexConcurrently(
            model_name="resetcode",
            index=models.Index(
                condition=models.Q(("created_by_credential__isnull", False)),
                fields=["created_by_credential"],
                name="reset_code_of_credential",
            ),
        ),
    ]
