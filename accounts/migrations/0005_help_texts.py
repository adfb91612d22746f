from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_profile_search"),
    ]

    operations = [
        migrations.AlterField(
            model_name="account",
            name="deleted_at",
            field=models.DateTimeField(
                blank=True, help_text="When the account is due for deletion; empty unless that is scheduled.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="failed_sign_ins",
            field=models.PositiveIntegerField(
                db_default=0, default=0, help_text="Consecutive wrong passwords and reset codes."
            ),
        ),
        migrations.AlterField(
            model_name="account",
            name="locked_until",
            field=models.DateTimeField(
                blank=True, help_text="Until when sign-in is refused, after too many failures.", null=True
            ),
        ),
    ]
