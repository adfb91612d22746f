"""Make the entries of the profiles that were there before the triggers. In short transactions; can be repeated."""

from django.db import migrations

from accounts import search_triggers


def fill(apps, schema_editor):
    for _ in search_triggers.fill():
        pass


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("accounts", "0007_search_entries")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
