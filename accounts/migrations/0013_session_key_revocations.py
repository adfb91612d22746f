from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0012_second_factors'),
    ]

    operations = [
        migrations.AddField(
            model_name='account',
            name='session_key_revocations',
            field=models.PositiveIntegerField(db_default=0, default=0, help_text='How many numbers of the session key only ended sessions, without a new key.'),
        ),
    ]
