from django.db import migrations, models

from dashboard.db.migrations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('sessions_app', '0006_revocations'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='session',
            index=models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['account', 'session_key_number', 'expires_at'], name='session_active_of_account'),
        ),
    ]
