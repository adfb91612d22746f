"""manage.py migrate on tables of millions of rows."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import pre_migrate


def limit() -> str:
    with connection.cursor() as cursor:
        cursor.execute("show statement_timeout")
        return str(cursor.fetchone()[0])


@pytest.mark.postgresql
def test_migrations_take_as_long_as_they_need_and_what_follows_does_not(db: None) -> None:
    before, during = limit(), []
    pre_migrate.connect(note := lambda **signal: during.append(limit()), weak=False)
    try:
        call_command("migrate", verbosity=0)
    finally:
        pre_migrate.disconnect(note)
    assert (before, during[-1], limit()) == ("5s", "0", "5s")
