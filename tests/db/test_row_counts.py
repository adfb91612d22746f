"""The numbers of rows that PostgreSQL keeps: they are those of the rows, whoever writes them and in whichever way."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from accounts.counted_rows import ACCOUNTS, ADMINISTRATORS, DELETED, PROFILES
from accounts.models import Account, Profile
from dashboard.api.pagination import RecordList
from dashboard.db import bulk
from dashboard.db.counts import row_counts
from dashboard.db.counts.row_counts import CountedRows
from dashboard.models import RowCount, RowCountChange
from operations.doctor import backlog
from operations.row_counts import COUNTED_ROWS
from resetcodes.counted_rows import RESET_CODES
from resetcodes.models import ResetCode
from sessions_app.counted_rows import SESSIONS
from sessions_app.models import Session
from tests.commands import run
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory
from tests.operations.doctor.cases import FINE, PROBLEM, severities

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]

LISTS: dict[CountedRows, Callable[[], Any]] = {
    ACCOUNTS: Account.objects.all,
    ADMINISTRATORS: Account.objects.administrators,
    DELETED: Account.objects.deleted,
    PROFILES: Profile.objects.all,
    SESSIONS: Session.objects.with_revocations,
    RESET_CODES: ResetCode.objects.all,
}
NOW = timezone.now()
A_WEEK = timedelta(days=7)


def numbers() -> dict[str, int]:
    return {rows.kind: row_counts.count(rows, settings.APPID) for rows in COUNTED_ROWS}


def assert_right(**expected: int) -> None:
    """Assert that the numbers are those of the rows, before and after they are folded, and in each hour."""
    for _ in range(2):
        assert numbers() == {rows.kind: queryset().count() for rows, queryset in LISTS.items()}
        assert [row_counts.sample_errors(rows, settings.APPID) for rows in COUNTED_ROWS] == [0] * len(COUNTED_ROWS)
        assert {kind: numbers()[kind.replace("_", "-")] for kind in expected} == expected
        row_counts.tidy()
    assert not RowCountChange.objects.exists()


def test_each_list_is_counted() -> None:
    assert set(LISTS) == set(COUNTED_ROWS)
    assert_right(account=0, session=0)


def test_rows_of_all_kinds() -> None:
    account = AccountFactory(administrator=True)
    AccountFactory(scheduled=True)
    SessionFactory.create_batch(3, account=account)
    ProfileFactory(account=account)
    ResetCodeFactory(account=account)
    assert_right(account=2, administrator=1, deleted_account=1, session=3, profile=1, reset_code=1)


def test_ways_to_write() -> None:
    account = AccountFactory()
    rows = [SessionFactory.build(account=account, created_at=NOW - timedelta(hours=n // 3)) for n in range(20)]
    Session.objects.bulk_create(rows)
    assert_right(session=20)
    Session.objects.filter(pk__in=[it.pk for it in rows[:5]]).delete()
    rows[6].delete()
    assert_right(session=14)
    Session.objects.filter(pk__in=[it.pk for it in rows[10:]]).update(created_at=NOW - A_WEEK)
    rows[7].created_at = datetime(1969, 12, 31, 23, 59, tzinfo=UTC)
    rows[7].save()
    assert_right(session=14)
    bulk.insert(
        ResetCode,
        ("codeid", "appid", "account", "secret_code_hash", "created_at", "updated_at"),
        [
            (f"code_{n:016}", settings.APPID, account.pk, "", f"2026-01-01 0{n}:00:00", "2026-01-01 00:00:00")
            for n in range(9)
        ],
    )
    assert_right(reset_code=9)
    account.delete()
    assert_right(account=0, session=0, reset_code=0)


def test_conditions_that_change() -> None:
    account, other = AccountFactory.create_batch(2)
    Account.objects.update(administrator_since=NOW)
    assert_right(administrator=2, deleted_account=0)
    Account.objects.filter(pk=account.pk).update(administrator_since=None, deleted_at=NOW)
    assert_right(administrator=1, deleted_account=1)
    Account.objects.filter(pk=account.pk).update(deleted_at=NOW + A_WEEK, last_signed_in_at=NOW)
    assert_right(deleted_account=1)
    other.delete()
    assert_right(account=1, administrator=0, deleted_account=1)


def test_conflicts_of_insertions() -> None:
    one, _ = AccountFactory.create_batch(2)
    Account.objects.bulk_create([one], ignore_conflicts=True)
    one.deleted_at = NOW
    new = AccountFactory.build(deleted_at=NOW)
    fields = ["deleted_at"]
    Account.objects.bulk_create([one, new], update_conflicts=True, update_fields=fields, unique_fields=["accountid"])
    assert_right(account=3, deleted_account=2)


def test_what_is_rolled_back_is_not_counted() -> None:
    SessionFactory()
    with transaction.atomic():
        SessionFactory.create_batch(3)
        transaction.set_rollback(True)
    assert_right(session=1)


def test_other_tenants_have_numbers_of_their_own(settings: Any) -> None:
    SessionFactory.create_batch(2)
    settings.APPID = "another"
    SessionFactory()
    assert_right(account=1, session=1)
    Session.objects.update(appid="dashboard")
    assert_right(session=0)
    settings.APPID = "dashboard"
    assert_right(session=3)


@pytest.fixture
def spread(db: None) -> CountedRows:
    """Sessions in some hours of some days, many of one time; some were deleted, and half is not folded yet."""
    generator = random.Random(20261127)
    account = AccountFactory()
    times = [NOW - timedelta(hours=generator.choice((0, 1, 1, 30, 31, 31, 77, 400))) for _ in range(60)]
    for number, created_at in enumerate(times):
        SessionFactory(account=account, created_at=created_at)
        if number == 30:
            row_counts.tidy()
    Session.objects.filter(pk__in=list(Session.objects.values_list("pk", flat=True)[:10])).delete()
    return SESSIONS


def positions() -> list[tuple[datetime, str]]:
    return list(Session.objects.newest_first().values_list("created_at", "pk"))


def test_row_at_an_offset(spread: CountedRows) -> None:
    rows = positions()
    found = [row_counts.find(spread, settings.APPID, offset) for offset in range(len(rows) + 2)]
    assert found == [*rows, None, None]


def test_row_at_an_offset_after_another(spread: CountedRows) -> None:
    rows = positions()
    for start in range(0, len(rows), 7):
        after = rows[start]
        found = [row_counts.find(spread, settings.APPID, offset, after) for offset in range(len(rows) - start)]
        assert found == [*rows[start + 1 :], None]


def test_row_that_is_gone_is_a_place_nevertheless(spread: CountedRows) -> None:
    rows = positions()
    Session.objects.filter(pk=rows[9][1]).delete()
    assert row_counts.find(spread, settings.APPID, 0, rows[9]) == rows[10]


def test_list_reads_few_rows_of_a_far_page(
    spread: CountedRows, monkeypatch: Any, django_assert_num_queries: Any
) -> None:
    rows = positions()
    sessions = RecordList(Session.objects.with_revocations, counted=SESSIONS)
    assert [it.pk for it in sessions.page(None, 20, 3)] == [pk for _, pk in rows[20:23]]
    monkeypatch.setattr("dashboard.api.pagination.FAR", 20)
    with django_assert_num_queries(2):
        assert [it.pk for it in sessions.page(None, 20, 3)] == [pk for _, pk in rows[20:23]]
    assert sessions.page(None, 200, 3) == []


def drift() -> None:
    """Write rows without the triggers, and numbers without rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sessions_app_session DISABLE TRIGGER USER")
        SessionFactory.create_batch(3)
        Session.objects.filter(created_at__lt=NOW - A_WEEK).delete()
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE sessions_app_session ENABLE TRIGGER USER")
    RowCount.objects.create(appid=settings.APPID, kind="account", hours=24, begins=24, number=4)


@pytest.mark.usefixtures("spread")
def test_doctor_finds_what_recount_rows_corrects() -> None:
    assert severities(backlog.row_numbers) == [FINE]
    assert run("recount_rows").said == "All numbers agree with the rows.\n"
    drift()
    assert severities(backlog.row_numbers) == [PROBLEM]
    assert run("recount_rows", "--json").wire["corrected"]["session"]["hours"] > 1
    assert_right()
    assert severities(backlog.row_numbers) == [FINE]
    assert run("recount_rows").said == "All numbers agree with the rows.\n"


@pytest.mark.usefixtures("spread")
def test_wrong_numbers_make_no_fault() -> None:
    rows = positions()
    row_counts.tidy()
    for hours in (24, 1):  # two days, and then two hours, in which one offset can be
        _, second, *_ = RowCount.objects.filter(kind="session", hours=hours).order_by("-begins")
        RowCount.objects.filter(pk=second.pk).update(number=-second.number)
        found = [row_counts.find(SESSIONS, settings.APPID, offset) for offset in range(len(rows))]
        assert {*found} <= {*rows, None}


def test_sums_of_hours_without_rows_are_deleted() -> None:
    session = SessionFactory()
    row_counts.tidy()
    assert RowCount.objects.filter(kind="session").count() == 2
    session.delete()
    row_counts.tidy()
    assert not RowCount.objects.filter(kind="session").exists()


def test_numbers_are_folded_without_being_asked_for() -> None:
    account = AccountFactory()
    rows = [SessionFactory.build(account=account, created_at=NOW - timedelta(hours=number)) for number in range(1_000)]
    Session.objects.bulk_create(rows)  # of as many hours as are folded with certainty
    assert not RowCountChange.objects.exists()
    assert_right(session=1_000)
