"""The role that docs/operations.md makes for the server: every route works with it, and events cannot be changed."""

import re
import secrets
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.db import ProgrammingError, connection, transaction

from events.models import Action, Event
from tests.api.cases import CASES
from tests.cases import Case, each_case

PAGE = (Path(project.BASE_DIR) / "docs/operations.md").read_text()
STATEMENTS = re.search(r"```sql\n(CREATE ROLE dashboard_server .*?)```", PAGE, re.DOTALL)

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


@pytest.fixture
def server_role(db: None) -> str:
    """Make the role as the page says, in the transaction of the test, under a name of its own."""
    assert STATEMENTS
    role = f"dashboard_server_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(STATEMENTS[1].replace("dashboard_server", role))
    return role


def become(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")


@each_case(CASES)
def test_route_works(case: Case, settings: Any, server_role: str) -> None:
    context = case.context(settings)
    become(server_role)
    assert context.send().status_code == case.success[0]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events_event SET action = 'nothing'",
        "DELETE FROM events_event",
        "DELETE FROM django_migrations",
        "TRUNCATE accounts_account CASCADE",
        "ALTER TABLE accounts_account ADD COLUMN x integer",
        "DROP TABLE accounts_account",
    ],
)
def test_server_may_not(server_role: str, statement: str) -> None:
    Event.objects.create(action=Action.CREATE_SESSION)
    become(server_role)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.count() == 1
