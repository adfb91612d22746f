"""Requests during which others delete what they are about: none is answered with 500.

Rows are deleted before any of a request's queries, but not within its transactions, where it has locked them.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, Profile
from dashboard.cache.rows import row_cache
from resetcodes.models import ResetCode
from second_factors.models import SecondFactor, SignInChallenge
from service_credentials.models import ServiceCredential
from sessions_app.models import Session
from tests.api.cases import CASES
from tests.cases import Case, RequestContext, each_case

pytestmark = [pytest.mark.django_db, pytest.mark.exhaustive]


def caller(context: RequestContext) -> None:
    if session := context.caller.session:
        Account.objects.filter(pk=session.account_id).delete()


def others(context: RequestContext) -> None:
    session = context.caller.session
    Account.objects.exclude(pk=session.account_id if session else "").delete()


def what_belongs_to_accounts(context: RequestContext) -> None:
    session = context.caller.session
    Account.objects.update(profile=None)
    Session.objects.exclude(pk=session.pk if session else "").delete()
    for model in (Profile, ResetCode, SecondFactor, SignInChallenge, ServiceCredential):
        model.objects.all().delete()


class Before:
    """Calls a function before the query of this number, if no transaction of the request has begun then."""

    def __init__(self, number: int, delete: Callable[[], None]) -> None:
        self.left, self.delete = number, delete
        self.depth = len(connection.savepoint_ids)
        self.was_within = self.is_deleted = False

    def __call__(self, execute: Any, sql: str, *arguments: Any) -> Any:
        is_within = len(connection.savepoint_ids) > self.depth
        self.left -= 1
        if self.left == 0 and not (is_within and self.was_within):
            self.is_deleted = True
            self.delete()
        self.was_within = is_within and not sql.startswith(("SAVEPOINT", "BEGIN"))
        return execute(sql, *arguments)


@each_case(CASES)
@pytest.mark.parametrize("delete", [caller, others, what_belongs_to_accounts], ids=lambda it: it.__name__)
def test_rows_that_are_deleted_meanwhile(
    case: Case, delete: Callable[[RequestContext], None], settings: Any, subtests: Any
) -> None:
    with undone():
        context = case.context(settings)
        with CaptureQueriesContext(connection) as queries:
            context.send()
    for number in range(1, len(queries) + 1):
        with undone():
            context = case.context(settings)
            before = Before(number, partial(delete, context))
            with connection.execute_wrapper(before):
                response = context.send()
        if before.is_deleted:
            with subtests.test(number=number):
                assert response.status_code < 500, response.content


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    row_cache.forget()
