"""Let the previous release delete accounts with rows in tables that it does not know."""

from django.db import migrations

from dashboard.db.migrations import CascadeInDatabase


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("second_factors", "0001_initial")]
    operations = [
        CascadeInDatabase("recoverycode", "account"),
        CascadeInDatabase("secondfactor", "account"),
        CascadeInDatabase("signinchallenge", "account"),
    ]
