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
from tests.interruptions import NumberedOutsideTransactions, interrupted
from tests.isolation import transaction_of_test

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
            with interrupted(partial(delete, context), NumberedOutsideTransactions(number)) as interruption:
                response = context.send()
        if interruption.is_done:
            with subtests.test(number=number):
                assert response.status_code < 500, response.content


@contextmanager
def undone() -> Iterator[None]:
    with transaction_of_test():
        yield
        transaction.set_rollback(True)
    row_cache.forget()
