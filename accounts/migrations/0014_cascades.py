"""Let the previous release delete accounts with rows in tables that it does not know."""

from django.db import migrations

from dashboard.db.migrations import CascadeInDatabase


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0013_session_key_revocations")]
    operations = [CascadeInDatabase("signinclient", "account")]
