"""Clients that sign in at the moment in which a purge deletes them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Account, SignInClient
from accounts.services import sign_in_clients
from dashboard.core.actor import Actor, ActorKind
from resetcodes.services import reset_codes
from sessions_app.services import sessions
from tests.concurrency.concurrent import (
    SUCCESS,
    ConcurrentOperations,
    run_concurrently,
    wait_until_blocked_or_done,
)
from tests.factories import PASSWORD, AccountFactory, ResetCodeFactory
from tests.isolation import transaction_of_test

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

CODE = "abc123def456"
GUEST = Actor(ActorKind.ANYBODY, ip_address="192.0.2.7")
NETWORK = f"network {GUEST.network}"
WRONG_PASSWORD, WRONG_CODE = ("invalid-password", 401), ("invalid-reset-code", 401)


@pytest.fixture
def account() -> Account:
    """An account with a code, and with failures long ago."""
    account = AccountFactory(username="somebody")
    ResetCodeFactory(account=account, secret_code=CODE)
    seen = timezone.now() - timedelta(days=2)
    for name in (NETWORK, f"codes from {NETWORK}"):
        SignInClient.objects.create(account=account, client=name, last_seen_at=seen, failed_sign_ins=1)
    return account


def sign_in(password: str = PASSWORD) -> Callable[[], Any]:
    return partial(sessions.create_session, "somebody", password, "", GUEST)


def reset(code: str) -> Callable[[], Any]:
    return partial(reset_codes.reset_account_password, "somebody", "new password", code, GUEST)


def clients() -> dict[str, tuple[bool, int]]:
    return {it.client: (it.is_trusted, it.failed_sign_ins) for it in SignInClient.objects.all()}


@contextmanager
def purged() -> Iterator[None]:
    """Purge clients, in a transaction that is committed when the block ends."""
    with transaction_of_test():
        assert sum(sign_in_clients.purge_sign_in_clients()) == 2
        yield


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    ("operation", "outcome", "left"),
    [
        (sign_in(), SUCCESS, {NETWORK: (True, 0)}),
        (sign_in("a wrong password"), WRONG_PASSWORD, {NETWORK: (False, 2)}),
        (reset(CODE), SUCCESS, {NETWORK: (True, 0), f"codes from {NETWORK}": (False, 0)}),
        (reset(CODE[::-1]), WRONG_CODE, {f"codes from {NETWORK}": (False, 2)}),
    ],
    ids=["password", "wrong password", "code", "wrong code"],
)
def test_client_that_is_purged_meanwhile_is_known_again(operation: Any, outcome: Any, left: Any) -> None:
    assert run_concurrently(purged(), operation) == {outcome: 1}
    assert clients() == left


def test_client_that_is_let_in_meanwhile_is_not_purged(account: Account) -> None:
    counts: list[int] = []
    purge = ConcurrentOperations(lambda: counts.extend(sign_in_clients.purge_sign_in_clients()))
    with transaction_of_test():
        sign_in()()
        purge.start()
        wait_until_blocked_or_done(purge)
    purge.join()
    assert purge.result() == {SUCCESS: 1}
    assert counts == [1]
    assert clients() == {NETWORK: (True, 0)}
