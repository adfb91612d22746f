"""The export of lists as CSV: by the service, and by manage.py export_list."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.models import querysets
from events.models import Action, Event
from operations.list_export import EXPORTS, export_list
from tests.commands import run
from tests.factories import AccountFactory, EventFactory, ProfileFactory, ResetCodeFactory, SessionFactory
from tests.interruptions import interrupted

OPERATOR = Actor.command_line()
NOW = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
FACTORIES: dict[str, Any] = {
    "accounts": AccountFactory,
    "profiles": ProfileFactory,
    "sessions": SessionFactory,
    "reset-codes": ResetCodeFactory,
    "events": EventFactory,
}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def exported(name: str, **options: Any) -> list[dict[str, str]]:
    return rows("".join(export_list(name, EXPORTS[name].model.objects.all(), "", OPERATOR, **options)))


def recorded() -> list[tuple[str, str]]:
    actions = (Action.EXPORT_LIST, Action.FINISH_EXPORT)
    return list(Event.objects.filter(action__in=actions).order_by("pk").values_list("action", "details"))


@pytest.mark.django_db
@pytest.mark.parametrize("name", EXPORTS)
def test_every_row_is_exported_newest_first(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querysets, "ROWS_PER_CHUNK", 2)
    created = [FACTORIES[name](created_at=NOW + timedelta(days=number)) for number in range(5)]
    column = next(iter(EXPORTS[name].columns))
    ids = [row[column] for row in exported(name)]
    expected = [getattr(it, "public_id", it.pk) for it in created]
    assert [it for it in ids if it in expected] == expected[::-1]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["sessions", "reset-codes"])
def test_rows_are_omitted_whose_account_is_deleted_meanwhile(name: str) -> None:
    row, deleted = FACTORIES[name](), FACTORIES[name]()
    delete = Account.objects.filter(pk=deleted.account_id).delete
    with interrupted(delete, lambda sql: 'FROM "accounts_account"' in sql) as interruption:
        found = exported(name)
    assert interruption.is_done
    assert [it["accountid"] for it in found] == [row.account_id]
    assert recorded()[-1] == ("finish-export", f"{name}, 1 row, complete")


@pytest.mark.django_db
def test_export_has_no_secrets() -> None:
    account = AccountFactory(owner=True)
    session, code = SessionFactory(account=account), ResetCodeFactory(account=account)
    secrets = {account.password, account.username_hash, account.session_key, session.token_hash, session.csrf_token}
    secrets |= {code.secret_code_hash}
    for name in EXPORTS:
        text = "".join(export_list(name, EXPORTS[name].model.objects.all(), "", OPERATOR))
        assert not [secret for secret in secrets if secret in text]


@pytest.mark.django_db
def test_rows_name_their_account() -> None:
    account = AccountFactory(created_at=NOW)
    account.profile = ProfileFactory(account=account, full_name="=1+1", contact_email="ada@example.com")
    account.save()
    session = SessionFactory(account=account, created_at=NOW, ip_address="2001:db8::1")
    (row,) = exported("sessions")
    assert row["sessionid"] == session.pk
    assert (row["account_name"], row["account_email"]) == ("'=1+1", "ada@example.com")
    assert (row["created_at"], row["ip_address"]) == ("2026-11-21T06:30:00Z", "2001:db8::1")
    (row,) = exported("accounts")
    assert (row["name"], row["email"], row["owner_since"]) == ("'=1+1", "ada@example.com", "")


@pytest.mark.django_db
def test_export_is_recorded_before_and_after() -> None:
    actor = Actor(ActorKind.ACCOUNT, AccountFactory(owner=True).pk, "203.0.113.7")
    parts = export_list("accounts", Account.objects.all(), "state=locked", actor)
    assert recorded() == [("export-list", "accounts, state=locked")]
    "".join(parts)
    assert recorded()[1:] == [("finish-export", "accounts, 1 row, complete")]
    event = Event.objects.order_by("pk").first()
    assert event
    assert (event.accountid, event.actor_accountid, event.ip_address) == (
        actor.accountid,
        actor.accountid,
        "203.0.113.7",
    )
    assert event.as_json()["details"] == "accounts, state=locked"


@pytest.mark.django_db
def test_interrupted_export_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querysets, "ROWS_PER_CHUNK", 2)
    AccountFactory.create_batch(5)
    parts: Any = export_list("accounts", Account.objects.all(), "", OPERATOR)
    next(parts), next(parts)
    parts.close()
    assert recorded() == [("export-list", "accounts, no filter"), ("finish-export", "accounts, 2 rows, interrupted")]


@pytest.mark.django_db
def test_long_filters_are_cut() -> None:
    "".join(export_list("events", Event.objects.none(), "x" * 999, OPERATOR))
    assert len(recorded()[0][1]) == 255


@pytest.mark.django_db
def test_only_the_owner_may_export_unless_a_setting_allows_it(settings: Any) -> None:
    owner, administrator, other = AccountFactory(owner=True), AccountFactory(administrator=True), AccountFactory()
    assert exported("accounts", caller=owner)
    for settings.ADMINISTRATORS_MAY_EXPORT, refused in ((False, (administrator, other)), (True, (other,))):
        before = Event.objects.count()
        for caller in refused:
            with pytest.raises(DashboardError) as refusal:
                exported("accounts", caller=caller)
            assert refusal.value.error_code is ErrorCode.NOT_OWNER
        assert Event.objects.count() == before
    assert exported("accounts", caller=administrator)


@pytest.mark.django_db
def test_queries_grow_with_chunks_only() -> None:
    SessionFactory.create_batch(8)
    with CaptureQueriesContext(connection) as queries:
        exported("sessions")
    selects = [it["sql"] for it in queries if it["sql"].startswith("SELECT")]
    assert len(selects) <= 4


# The command


@pytest.fixture
def ada(db: None) -> Account:
    account = AccountFactory(created_at=NOW, locked_until=datetime(9999, 1, 1, tzinfo=UTC))
    account.profile = ProfileFactory(account=account, full_name="Ada Lovelace", created_at=NOW)
    account.save()
    AccountFactory()
    return account


@pytest.mark.parametrize(
    "options",
    [
        ["--state", "locked"],
        ["--search", "lovelace"],
        ["--until", "2026-11-21"],
        ["--since", "2026-11-21", "--until", "2026-11-21", "--search", "Ada", "--state", "locked"],
    ],
)
def test_command_exports_what_is_selected(ada: Account, options: list[str]) -> None:
    result = run("export_list", "accounts", *options)
    assert (result.status, result.complained) == (0, "")
    assert [row["accountid"] for row in rows(result.said)] == [ada.pk]
    filters = recorded()[0][1]
    assert filters.startswith("accounts, ")
    assert "ovelace" not in filters
    assert ("matches of a search" in filters) == ("--search" in options)


def test_command_warns_of_a_search_that_matches_more(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.list_selection.MATCHES_LIMIT", 2)
    ProfileFactory.create_batch(3, full_name="Ada Lovelace")
    result = run("export_list", "profiles", "--search", "lovelace")
    assert (result.status, len(list(rows(result.said)))) == (0, 2)
    assert result.complained.startswith("Warning: The search may match more accounts than are exported.")


@pytest.mark.parametrize(
    "arguments",
    [
        ["codes"],
        ["accounts", "--state", "active"],
        ["events", "--state", "locked"],
        ["accounts", "--since", "yesterday"],
        ["accounts", "--until", "0001-01-01"],
        ["accounts", "--until", "9999-12-31"],
    ],
)
def test_command_refuses_what_it_does_not_know(db: None, arguments: list[str]) -> None:
    result = run("export_list", *arguments)
    assert result.status
    assert result.said == ""
    assert not recorded()
