"""Let the previous release delete accounts with rows in tables that it does not know."""

from django.db import migrations

from dashboard.db.migrations import CascadeInDatabase


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("sessions_app", "0007_active_sessions_of_account")]
    operations = [CascadeInDatabase("revocation", "account")]
