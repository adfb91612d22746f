"""What two requests do that arrive at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password, identify_hasher, make_password
from django.utils import timezone

from accounts.models import Account
from accounts.services import credentials, deletion, registration, roles
from sessions_app.models import Session
from sessions_app.services import sessions
from tests.client import ApiClient, outcome
from tests.concurrency.concurrent import SOMEBODY, SUCCESS, locked_row, locked_session, no_inserts, run_concurrently
from tests.factories import PASSWORD, AccountFactory, SessionFactory

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]

NEW_PASSWORD = "another long password"


def register(username: str) -> Account:
    return registration.create_account(username, PASSWORD, {}, SOMEBODY)


def owners() -> int:
    return Account.objects.owner().count()


def due_hash(settings: Any) -> str:
    """A hash of PASSWORD that is due for renewal."""
    settings.BCRYPT_WORKLOAD_FACTOR = 5
    made = make_password(PASSWORD)
    settings.BCRYPT_WORKLOAD_FACTOR = 4
    return made


# Registration


def test_of_two_first_accounts_one_is_the_owners() -> None:
    done = run_concurrently(no_inserts(), partial(register, "somebody1"), partial(register, "somebody2"))
    assert done == {SUCCESS: 2}
    assert owners() == 1


@pytest.mark.parametrize("is_owner", [True, False])
def test_of_two_first_accounts_one_is_registered_where_registration_is_disabled(settings: Any, is_owner: bool) -> None:
    settings.DISABLE_REGISTRATION, settings.ALLOW_FIRST_REGISTRATION = True, True
    settings.FIRST_ACCOUNT_IS_OWNER = is_owner
    done = run_concurrently(no_inserts(), partial(register, "somebody1"), partial(register, "somebody2"))
    assert done == {SUCCESS: 1, ("registration-disabled", 403): 1}
    assert (Account.objects.count(), owners()) == (1, int(is_owner))


@pytest.mark.parametrize("first", [True, False])
def test_a_username_is_registered_once(first: bool) -> None:
    if not first:
        AccountFactory(owner=True)
    done = run_concurrently(no_inserts(), *[partial(register, "somebody")] * 4)
    assert done == {SUCCESS: 1, ("duplicate-username", 409): 3}
    assert owners() == 1


def test_names_that_several_want_at_once_are_registered_once_each() -> None:
    wishes = [partial(register, f"somebody{name}") for name in "aaabbbccc"]
    assert run_concurrently(no_inserts(), *wishes) == {SUCCESS: 3, ("duplicate-username", 409): 6}
    assert owners() == 1


# The owner


def test_of_two_transfers_at_once_one_owner_remains() -> None:
    owner, one, other = AccountFactory(owner=True), AccountFactory(), AccountFactory()
    transfers = [partial(roles.force_owner_account, account.accountid, SOMEBODY) for account in (one, other)]
    assert run_concurrently(locked_row(owner), *transfers) == {SUCCESS: 2}
    assert owners() == 1
    assert Account.objects.filter(administrator_since__isnull=False).count() == 3


def test_of_two_transfers_to_the_same_account_one_is_refused() -> None:
    owner, one = AccountFactory(owner=True), AccountFactory()
    done = run_concurrently(locked_row(owner), *[partial(roles.force_owner_account, one.accountid, SOMEBODY)] * 2)
    assert done == {SUCCESS: 1, ("invalid-account", 409): 1}
    assert Account.objects.owner().get() == one


def test_where_nobody_is_owner_two_transfers_leave_one_owner() -> None:
    one, other = AccountFactory(), AccountFactory()
    transfers = [partial(roles.force_owner_account, account.accountid, SOMEBODY) for account in (one, other)]
    assert run_concurrently(no_inserts(), *transfers) == {SUCCESS: 2}
    assert owners() == 1


# Deletion


def test_of_two_restores_at_once_one_is_refused() -> None:
    account = AccountFactory(username="somebody", scheduled=True)
    restore = partial(deletion.reset_own_account_deleted, "somebody", PASSWORD, SOMEBODY)
    assert run_concurrently(locked_row(account), restore, restore) == {SUCCESS: 1, ("invalid-account", 409): 1}


def test_of_two_deletions_at_once_one_is_refused() -> None:
    account = AccountFactory()
    delete = partial(deletion.set_own_account_deleted, account.accountid, PASSWORD, SOMEBODY)
    assert run_concurrently(locked_row(account), delete, delete) == {SUCCESS: 1, ("invalid-account", 409): 1}


def test_nobody_stays_signed_in_to_an_account_that_is_being_deleted() -> None:
    account = AccountFactory(username="somebody")
    sign_in = partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)
    delete = partial(deletion.set_own_account_deleted, account.accountid, PASSWORD, SOMEBODY)
    done = run_concurrently(locked_row(account), *[sign_in] * 3, delete)
    assert done[SUCCESS] + done.get(("invalid-account", 403), 0) == 4
    assert Session.objects.count() == done[SUCCESS] - 1
    assert not Session.objects.filter(ended_at__isnull=True).exists()


# Sessions


def test_of_two_requests_to_end_a_session_one_is_refused() -> None:
    session = SessionFactory()
    end = partial(sessions.set_own_session_ended, session.sessionid, session.account.accountid, SOMEBODY)
    assert run_concurrently(locked_session(session), end, end) == {SUCCESS: 1, ("invalid-session", 409): 1}


def test_of_two_requests_to_end_another_session_one_is_refused_on_the_wire() -> None:
    current = SessionFactory()
    session = SessionFactory(account=current.account)

    def end() -> tuple[int, str]:
        return outcome(ApiClient(current).patch("user/set-session-ended", sessionid=session.sessionid))

    assert run_concurrently(locked_session(session), end, end) == {(200, ""): 1, (409, "invalid-session"): 1}


def test_a_session_made_while_the_session_key_is_reset_is_ended_or_of_the_new_key() -> None:
    account = AccountFactory(username="somebody")
    SessionFactory(account=account)
    sign_in = partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)
    reset = partial(credentials.reset_session_key, account.accountid, SOMEBODY)
    assert run_concurrently(locked_row(account), *[sign_in] * 2, reset, *[sign_in] * 2) == {SUCCESS: 5}
    account.refresh_from_db()
    assert account.session_key_number == 2
    for session in Session.objects.all():
        assert session.ended_at or session.session_key_number == 2
    assert Session.objects.count() == 5


def test_two_resets_of_a_session_key_count_as_two() -> None:
    account = AccountFactory()
    assert run_concurrently(
        locked_row(account), *[partial(credentials.reset_session_key, account.accountid, SOMEBODY)] * 2
    ) == {SUCCESS: 2}
    account.refresh_from_db()
    assert account.session_key_number == 3


# Passwords


@contextmanager
def changed_password(account: Account) -> Iterator[None]:
    """Another request's transaction that gives the account NEW_PASSWORD."""
    with locked_row(account):
        Account.objects.filter(pk=account.pk).update(password=make_password(NEW_PASSWORD))
        yield


def test_a_hash_that_is_renewed_does_not_replace_a_changed_password(settings: Any) -> None:
    account = AccountFactory(username="somebody", password=due_hash(settings))
    done = run_concurrently(
        changed_password(account), *[partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)] * 2
    )
    assert done == {("invalid-password", 401): 2}
    account.refresh_from_db()
    assert check_password(NEW_PASSWORD, account.password)
    assert not Session.objects.exists()


def test_a_password_that_is_changed_after_its_proof_signs_nobody_in() -> None:
    account = AccountFactory(username="somebody")
    done = run_concurrently(
        changed_password(account), partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)
    )
    assert done == {("invalid-password", 401): 1}


def test_sign_ins_that_renew_the_hash_at_once_all_succeed(settings: Any) -> None:
    account = AccountFactory(username="somebody", password=due_hash(settings))
    sign_in = partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY)
    assert run_concurrently(locked_row(account), *[sign_in] * 4) == {SUCCESS: 4}
    account.refresh_from_db()
    assert check_password(PASSWORD, account.password)
    assert not identify_hasher(account.password).must_update(account.password)
    assert Session.objects.count() == 4


def test_an_account_that_is_deleted_after_the_proof_signs_nobody_in() -> None:
    account = AccountFactory(username="somebody")

    @contextmanager
    def deleted() -> Iterator[None]:
        with locked_row(account):
            Account.objects.filter(pk=account.pk).delete()
            yield

    done = run_concurrently(deleted(), partial(sessions.create_session, "somebody", PASSWORD, "", SOMEBODY))
    assert done == {("invalid-password", 401): 1}
    assert not Session.objects.exists()


# Guesses


def sign_in(password: str) -> Session:
    return sessions.create_session("somebody", password, "", SOMEBODY)


def test_of_many_guesses_at_once_no_more_are_answered_than_one_after_another(settings: Any) -> None:
    settings.MAXIMUM_FAILED_SIGN_INS = 3
    account = AccountFactory(username="somebody")
    done = run_concurrently(locked_row(account), *[partial(sign_in, "a wrong password")] * 8)
    assert done == {("invalid-password", 401): 3, ("account-locked", 429): 5}
    assert Account.objects.get().failed_sign_ins == 3


def test_right_password_that_was_proven_while_others_locked_the_account_is_not_told_apart() -> None:
    account = AccountFactory(username="somebody")

    @contextmanager
    def being_locked() -> Iterator[None]:
        with locked_row(account):
            yield
            Account.objects.update(locked_until=timezone.now() + timedelta(minutes=1))

    assert run_concurrently(being_locked(), partial(sign_in, PASSWORD), partial(sign_in, "wrong")) == {
        ("account-locked", 429): 2
    }
    assert not Session.objects.exists()
