from django.db import migrations, models

from dashboard.db.migrations import AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ('accounts', '0009_drop_profile_begins'),
    ]

    operations = [
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('last_signed_in_at__isnull', False)), fields=['appid', '-last_signed_in_at', '-accountid'], name='account_last_signed_in'),
        ),
        AddIndexConcurrently(
            model_name='account',
            index=models.Index(condition=models.Q(('last_signed_in_at__isnull', True)), fields=['appid', '-created_at', '-accountid'], name='account_never_signed_in'),
        ),
    ]
