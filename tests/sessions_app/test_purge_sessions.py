"""manage.py purge_sessions: sessions that ended long ago go, and no valid one ever does."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from dashboard.cache.rows import row_cache
from events.models import Event
from sessions_app.models import Session
from sessions_app.services import purging
from tests.commands import run
from tests.factories import AccountFactory, SessionFactory

NOW = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)
DAY = timedelta(days=1)
LONG_AGO = NOW - 90 * DAY


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def ended(count, **columns):
    columns = {"created_at": NOW - 200 * DAY, "expires_at": LONG_AGO - DAY} | columns
    return SessionFactory.create_batch(count, account=AccountFactory(), **columns)


@pytest.mark.parametrize(
    ("columns", "goes"),
    [
        ({"expires_at": LONG_AGO}, True),
        ({"expires_at": LONG_AGO + timedelta(milliseconds=1)}, False),
        ({"expires_at": NOW + DAY, "ended_at": LONG_AGO}, True),
        ({"expires_at": NOW + DAY, "ended_at": LONG_AGO + timedelta(milliseconds=1)}, False),
        ({"expires_at": LONG_AGO, "ended_at": LONG_AGO - DAY}, True),
        ({"expires_at": NOW + DAY}, False),
        ({"expires_at": NOW + timedelta(seconds=1), "created_at": NOW - 9000 * DAY}, False),
        ({"expires_at": LONG_AGO, "appid": "another"}, False),
    ],
)
def test_only_what_ended_long_ago_goes(columns, goes, db):
    (session,) = ended(1, **columns)
    assert run("purge_sessions", "--older-than", "90d", "--dry-run").said.startswith(f"{int(goes)} session")
    assert run("purge_sessions", "--older-than", "90d").said.startswith(f"{int(goes)} session")
    assert Session._base_manager.filter(pk=session.pk).exists() != goes


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_many_go_in_several_transactions(limit, monkeypatch, db):
    monkeypatch.setattr(purging, "SESSIONS_PER_TRANSACTION", limit)
    same, others, valid = ended(2), [*ended(1, created_at=NOW - 300 * DAY), *ended(1)], SessionFactory()
    numbers = list(purging.purge_sessions(90 * DAY))
    assert sum(numbers) == len(same) + len(others)
    assert max(numbers) <= limit
    assert Session.objects.get() == valid


def test_what_goes_is_marked_in_the_cache(monkeypatch, db):
    marked = []
    monkeypatch.setattr(row_cache, "mark_dirty", lambda *keys: marked.extend(keys))
    sessions = ended(2)
    run("purge_sessions", "--older-than", "90d")
    assert sorted(marked) == sorted(Session.cache_key(session.pk) for session in sessions)


def test_dry_run_changes_nothing(db):
    ended(2)
    assert run("purge_sessions", "--older-than", "90d", "--dry-run").said == "2 sessions would be deleted\n"
    wire = run("purge_sessions", "--older-than", "90d", "--dry-run", "--json").wire
    assert wire == {"dryRun": True, "sessions": 2}
    assert Session.objects.count() == 2


def test_it_is_told_how_many_went_and_a_second_run_finds_none(db):
    ended(2)
    assert run("purge_sessions", "--older-than", "12w", "--json").wire == {"deleted": 2}
    assert run("purge_sessions", "--older-than", "12w", "--json").wire == {"deleted": 0}
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "the following arguments are required: --older-than"),
        (["--older-than", "90"], "argument --older-than: '90' is not a time such as 45m, 12h, 30d or 8w"),
        (["--older-than", "0d"], "argument --older-than: '0d' is not a time such as 45m, 12h, 30d or 8w"),
        (["--older-than", "-1d"], "argument --older-than: expected one argument"),
    ],
)
def test_meaningless_call_deletes_nothing(arguments, said, db):
    ended(1)
    refused = run("purge_sessions", *arguments)
    assert refused.status == 1  # 2 where it is run by manage.py itself
    assert said in refused.complained
    assert Session.objects.count() == 1


def test_interruption_is_told_with_its_own_status(monkeypatch, db):
    ended(1)

    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(purging, "_purge", interrupted)
    refused = run("purge_sessions", "--older-than", "90d")
    assert refused.status == 130
    assert refused.complained == "Failed: Interrupted: 0 sessions of 1 deleted; run it again for the rest.\n"
