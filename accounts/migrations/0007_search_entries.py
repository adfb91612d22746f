"""The index of the search, and the triggers that keep it, whichever release writes profiles."""

import accounts.search_entries
import dashboard.models
from django.db import migrations, models

from accounts import search_triggers


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0006_sign_in_clients'),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('appid', models.CharField(default=dashboard.models.current_appid, max_length=255)),
                ('text', accounts.search_entries.EntryTextField(max_length=255)),
                ('accountid', models.CharField(max_length=21)),
                ('profileid', models.CharField(max_length=21)),
            ],
            options={
                'indexes': [models.Index(fields=['appid', 'text', 'accountid', 'profileid'], name='search_entry_text'), models.Index(fields=['profileid'], name='search_entry_of_profile')],
            },
        ),
        migrations.RunPython(
            lambda apps, schema_editor: search_triggers.create(schema_editor),
            lambda apps, schema_editor: search_triggers.drop(schema_editor),
        ),
    ]
