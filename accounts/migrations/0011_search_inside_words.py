"""Make the entries for terms from the middle of a word. The previous release passes them by; can be repeated."""

from django.db import migrations

from accounts import search_triggers


def replace_triggers(apps, schema_editor):
    search_triggers.replace(schema_editor)


def fill(apps, schema_editor):
    for _ in search_triggers.fill():
        pass


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0010_last_sign_ins")]
    operations = [
        migrations.RunPython(replace_triggers, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
