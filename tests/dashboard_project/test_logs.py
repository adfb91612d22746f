"""No secret reaches the log."""

import logging
import logging.config
from typing import Any

import pytest
from django.conf import settings
from django.db import DatabaseError, transaction

from accounts.models import Account
from tests.factories import TOKEN, AccountFactory, SessionFactory


def logged(message: str, error: Exception | None = None) -> str:
    formatter = logging.config.DictConfigurator(settings.LOGGING).configure_formatter(
        dict(settings.LOGGING["formatters"]["line"])
    )
    record = logging.LogRecord("test", logging.ERROR, "", 0, message, (), (type(error), error, None) if error else None)
    return formatter.format(record)


@pytest.mark.parametrize("secret", [TOKEN, "0f" * 64, "$2b$12$vKira/C7IveRdpIsQanUf.7wyQAPM68.2moBCu5eJ0VWbwBsiGjWe"])
def test_a_secret_is_masked(secret: str) -> None:
    assert logged(f"before {secret}, after").endswith("before [masked], after")


def test_ids_are_not_masked() -> None:
    assert "sess_0123456789abcdef" in logged("sess_0123456789abcdef")


def test_a_row_that_the_database_quotes_is_masked(db: None) -> None:
    account = AccountFactory()
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        Account.objects.create(username_hash=account.username_hash)
    assert account.username_hash not in logged("failed", refused.value)


def test_a_session_that_the_database_quotes_is_masked(db: None) -> None:
    session: Any = SessionFactory()
    with pytest.raises(DatabaseError) as refused, transaction.atomic():
        SessionFactory(sessionid=session.sessionid, account=session.account)
    assert session.token_hash not in logged("failed", refused.value)
