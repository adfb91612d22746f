"""Whichever way a row is written, it is marked, unless what is written is never cached."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count

from accounts.models import Account, Profile
from resetcodes.models import ResetCode
from sessions_app.models import Session
from tests.cache.test_marks import Marks, marks
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

__all__ = ["marks"]  # the fixture


def changed(row: Any, **values: Any) -> Any:
    for name, value in values.items():
        setattr(row, name, value)
    return row


Write = Callable[[Account], Any]

WRITES: dict[str, Write] = {
    "save": lambda it: changed(it, session_key_number=2).save(),
    "save of a row that was not read": lambda it: Account(pk=it.pk, username_hash="other", password="").save(),
    "save some fields": lambda it: changed(it, session_key_number=2).save(update_fields=["session_key_number"]),
    "save a never-cached field with another": lambda it: it.save(update_fields=["password", "updated_at"]),
    "save_fields": lambda it: changed(it, session_key_number=2).save_fields("session_key_number"),
    "save_fields, a never-cached one too": lambda it: it.save_fields("password", "session_key_number"),
    "save_fields, only the time": lambda it: it.save_fields(),
    "delete": lambda it: it.delete(),
    "update": lambda it: Account.objects.filter(pk=it.pk).update(session_key_number=2),
    "update of all": lambda it: Account.objects.update(session_key_number=2),
    "update of all after unmarked ones": lambda it: (
        Account.objects.unmarked().update(session_key_number=3),
        Account.objects.update(session_key_number=2),
    ),
    "update a never-cached field with another": lambda it: Account.objects.update(password="", session_key_number=2),
    "update or create": lambda it: Account.objects.update_or_create(pk=it.pk, defaults={"session_key_number": 2}),
    "delete of a queryset": lambda it: Account.objects.filter(pk=it.pk).delete(),
    "delete by primary key": lambda it: Account.objects.delete_by_pk([it.pk]),
    "bulk update": lambda it: Account.objects.bulk_update([it], ["session_key_number"]),
    "bulk create over it": lambda it: Account.objects.bulk_create(
        [it], update_conflicts=True, unique_fields=["accountid"], update_fields=["session_key_number"]
    ),
}
NEVER_CACHED: dict[str, Write] = {
    "save": lambda it: it.save(update_fields=["failed_sign_ins", "locked_until"]),
    "save_fields": lambda it: it.save_fields("failed_sign_ins", "locked_until"),
    "update": lambda it: Account.objects.update(failed_sign_ins=2),
    "bulk update": lambda it: Account.objects.bulk_update([it], ["failed_sign_ins"]),
    "bulk create": lambda it: Account.objects.bulk_create([Account(username_hash="new", password="")]),
    "create": lambda it: Account.objects.create(username_hash="new", password=""),
    "unmarked": lambda it: Account.objects.unmarked().filter(pk=it.pk).update(session_key_number=2),
    "no row": lambda it: Account.objects.filter(pk="acct_0123456789abcdef").update(session_key_number=2),
    "no row to delete": lambda it: Account.objects.filter(pk="acct_0123456789abcdef").delete(),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_row_is_marked_before_the_commit_and_after_it(
    write: Write, db: None, marks: Marks, django_capture_on_commit_callbacks: Any
) -> None:
    account, other = AccountFactory(), AccountFactory(appid="another")
    key = account.cache_key(account.pk)
    marks.clear()
    with django_capture_on_commit_callbacks() as after_commit, transaction.atomic():
        write(account)
        assert marks == {key}
    marks.clear()
    for callback in after_commit:
        callback()
    assert marks == {key}
    assert other.cache_key(other.pk) not in marks


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_row_is_marked_before_the_commit_outside_a_transaction(write: Write, transactional_db: None) -> None:
    """A mark that is made after the commit alone leaves a gap, where a process that is held up serves the old row."""
    account = AccountFactory()
    with pytest.MonkeyPatch.context() as patched:
        open_at_mark = []

        def note(*keys: str) -> None:
            open_at_mark.append(transaction.get_connection().in_atomic_block)

        patched.setattr("dashboard.cache.rows.row_cache.mark_dirty", note)
        write(account)
    assert open_at_mark
    assert all(open_at_mark)


@pytest.mark.parametrize("write", NEVER_CACHED.values(), ids=NEVER_CACHED)
def test_what_is_never_cached_is_not_marked(write: Write, db: None, marks: Marks) -> None:
    account = AccountFactory()
    marks.clear()
    write(account)
    assert not marks


def test_never_cached_fields_are_written_without_the_time(db: None) -> None:
    account = AccountFactory()
    changed(account, failed_sign_ins=3).save_fields("failed_sign_ins")
    found = Account.objects.get()
    assert (found.failed_sign_ins, found.updated_at) == (3, account.updated_at)


@pytest.mark.parametrize(
    "delete",
    [
        lambda account: account.delete(),
        lambda account: Account.objects.filter(pk=account.pk).delete(),
        lambda account: Account.objects.delete_by_pk([account.pk]),
    ],
)
def test_what_is_deleted_with_a_row_is_marked_too(delete: Write, db: None, marks: Marks) -> None:
    account = AccountFactory()
    made = [factory(account=account) for factory in (SessionFactory, ProfileFactory, ResetCodeFactory)]
    keys = {row.cache_key(row.pk) for row in (account, *made)}
    SessionFactory()
    marks.clear()
    delete(account)
    assert marks == keys
    assert [model.objects.count() for model in (Session, Profile, ResetCode)] == [1, 0, 0]


def test_an_update_counts_its_rows_in_two_queries(db: None, marks: Marks, django_assert_num_queries: Any) -> None:
    SessionFactory.create_batch(3)
    with django_assert_num_queries(2):
        assert Session.objects.update(user_agent="curl 8") == 3


def test_a_manager_does_not_delete(db: None) -> None:
    assert not hasattr(Session.objects, "delete")


def test_rows_of_other_conflicts_are_refused(db: None) -> None:
    """A row that is found by another column would change without a mark."""
    account = AccountFactory()
    double = Account(username_hash=account.username_hash, session_key_number=7)
    with pytest.raises(NotImplementedError):
        Account.objects.bulk_create(
            [double],
            update_conflicts=True,
            unique_fields=["appid", "username_hash"],
            update_fields=["session_key_number"],
        )
    assert not Account.objects.filter(session_key_number=7).exists()


def test_grouped_rows_can_be_updated(db: None) -> None:
    account = SessionFactory().account
    Account.objects.annotate(number=Count("sessions")).filter(number__gte=1).update(session_key_number=7)
    assert Account.objects.get(pk=account.pk).session_key_number == 7
