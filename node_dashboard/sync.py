"""Compares rows of the source with the rows here, and writes those that are new or changed in the source."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounts.models import Account, Profile
from dashboard.core.actor import Actor
from dashboard.models import Record
from events.models import Action, Event
from node_dashboard.conversion import ACCOUNT_TIMES, PROFILE_TEXTS, RowConverter, RowRejected
from node_dashboard.models import ImportedRow
from resetcodes.models import ResetCode
from sessions_app.models import Session, ending

ACTION = Action.IMPORT_NODE_DASHBOARD
MODELS: dict[str, type[Record]] = {
    "accounts": Account,
    "profiles": Profile,
    "sessions": Session,
    "resetCodes": ResetCode,
}
ENDING = ("ended_at", "ended_by_action", "ended_by_kind", "ended_by_accountid")
# Columns that a change in the source overwrites. Others belong to this server.
COLUMNS: dict[str, tuple[str, ...]] = {
    "accounts": ("username_hash", "password", "session_key", "session_key_number", "profile", *ACCOUNT_TIMES),
    "profiles": ("account", "dob", *PROFILE_TEXTS),
    "sessions": (
        *("account", "token_hash", "session_key_number", "duration", "expires_at", "last_verified_at"),
        *ENDING,
    ),
    "resetCodes": ("account", "secret_code_hash"),
}


@dataclass
class Changes:
    """Changes that a batch of rows makes here.

    `rejected` has, by id, the reason why a row is not imported, and whether an earlier run imported it.
    """

    new: list[Record] = field(default_factory=list)
    changed: list[Record] = field(default_factory=list)
    ended: list[Record] = field(default_factory=list)
    rejected: dict[str, tuple[str, bool]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def compare(source_appid: str, table: str, records: Sequence[Any], converter: RowConverter) -> Changes:
    """Return what these converted rows of the source would change here. Lock the rows that exist here."""
    ids = [record.pk for record in records]
    here = _lock(table, ids)
    imported = {it.rowid: it for it in imported_rows(source_appid, table).filter(rowid__in=ids)}
    if missing := imported.keys() - here.keys():  # deleted here, or imported by another run between the two queries
        here |= _lock(table, missing)
    check = ConflictCheck(table, records, converter)
    changes = Changes()
    for record in records:
        try:
            check(record, here.get(record.pk))
            outcome = _outcome(changes, record, here.get(record.pk), imported.get(record.pk))
            changes.counts[outcome] += 1
        except RowRejected as error:
            changes.rejected[record.pk] = str(error), record.pk in here and record.pk in imported
    return changes


def _lock(table: str, ids: Iterable[str]) -> dict[str, Any]:
    rows = MODELS[table]._base_manager.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    return {row.pk: row for row in rows}


def imported_rows(source_appid: str, table: str) -> Any:
    """Return the rows of a table that earlier runs imported."""
    return ImportedRow.objects.filter(source_appid=source_appid, table=table)


def _outcome(changes: Changes, record: Any, here: Any, imported: ImportedRow | None) -> str:
    """Record an ending even if the row is rejected otherwise: a session that ended on either side has ended."""
    ends = here is not None and imported is not None and _ends(record, here)
    if ends:
        changes.ended.append(record)
    outcome = classify(record, here, imported)
    if outcome == "new":
        changes.new.append(record)
    if outcome == "changed":
        _keep_own_values(record, here)
        changes.changed.append(record)
    return "changed" if ends else outcome


def _ends(record: Any, here: Any) -> bool:
    return isinstance(record, Session) and record.ended_at is not None and here.ended_at is None


def classify(record: Record, here: Record | None, imported: ImportedRow | None) -> str:
    """Return whether a row is new, changed or unchanged since it was imported.

    Raise RowRejected if the row here must not be touched: it was not imported, or it was deleted or changed here. A row
    that both sides have changed is kept, whichever change is newer, so that a password or session key that was replaced
    here does not come back.
    """
    if here is None and imported is None:
        return "new"
    if here is None:
        raise RowRejected("it was deleted here since it was imported")
    if here.appid != settings.APPID:
        raise RowRejected("a row of another APPID has its id here")
    if imported is None:
        raise RowRejected("a row that was not imported has its id here")
    if record.updated_at == imported.source_updated_at and not _has_another_key(record, here):
        return "unchanged"
    if here.updated_at != imported.source_updated_at:
        raise RowRejected("it was changed both here and in the source since it was imported; it is kept as it is here")
    return "changed"


def _has_another_key(record: Any, here: Any) -> bool:
    """Return whether an earlier run attributed the same password hash to another key."""
    if not isinstance(record, Account) or record.password == here.password:
        return False
    return bool(record.password.split("$", 2)[2] == here.password.split("$", 2)[2])


def _keep_own_values(record: Any, here: Any) -> None:
    """Keep an ending and an administrator role that were given here."""
    if isinstance(record, Session):
        record.ended_at = here.ended_at or record.ended_at
    elif isinstance(record, Account) and here.owner_since:
        record.administrator_since = record.administrator_since or here.administrator_since


class ConflictCheck:
    """Finds conflicts with rows other than the one with the same id. Queries the database once per batch."""

    def __init__(self, table: str, records: Sequence[Any], converter: RowConverter) -> None:
        self._converter = converter
        self._names: dict[str, str] = {}
        self._profiles: set[tuple[str, str]] = set()
        self._session_keys: dict[str, str] = {}
        if table == "accounts":
            hashes = [record.username_hash for record in records]
            named = Account.objects.filter(username_hash__in=hashes)
            self._names = dict(named.values_list("username_hash", "pk"))
            wanted = Profile.objects.filter(pk__in=[record.profile_id for record in records])
            self._profiles = set(wanted.values_list("pk", "account_id"))
        if table == "sessions":
            accountids = {record.account_id for record in records} - converter.changing
            self._session_keys = dict(Account.objects.filter(pk__in=accountids).values_list("pk", "session_key"))

    def __call__(self, record: Any, here: Any) -> None:
        """Raise RowRejected on a conflict. Clear a default profile that has not been imported yet."""
        if isinstance(record, Account):
            holder = self._names.get(record.username_hash, record.pk)
            if holder != record.pk:
                raise RowRejected(f"{holder} has its username here")
            if (record.profile_id, record.pk) not in self._profiles:
                record.profile_id = None
        if isinstance(record, Session) and here is None and not self._has_session_key(record.account_id):
            raise RowRejected("the session key of its account was reset here")

    def _has_session_key(self, accountid: str) -> bool:
        in_the_source = self._converter.accounts[accountid]["sessionKey"]
        return bool(self._session_keys.get(accountid, in_the_source) == in_the_source)


def write(source_appid: str, table: str, changes: Changes, actor: Actor) -> None:
    """Write the changes and record what was imported, in the caller's transaction."""
    model: Any = MODELS[table]
    for record in (*changes.new, *changes.changed):
        if isinstance(record, Session) and record.ended_at:
            _end(record, actor)
    model.objects.bulk_create(changes.new)
    if changes.changed:
        model.objects.bulk_create(  # marks the rows in the cache
            changes.changed,
            update_conflicts=True,
            unique_fields=[model._meta.pk.name],
            update_fields=[*COLUMNS[table], "updated_at"],
        )
    _write_endings(changes.ended, actor)
    _record_imported(source_appid, table, [*changes.new, *changes.changed])
    if table == "accounts":
        record_events([record.pk for record in (*changes.new, *changes.changed)], actor)


def _end(session: Session, actor: Actor) -> None:
    for column, value in ending(ACTION, actor, session.ended_at).items():  # type: ignore[arg-type]
        setattr(session, column, value)


def _write_endings(sessions: Sequence[Any], actor: Actor) -> None:
    for session in sessions:
        _end(session, actor)
    Session.objects.bulk_update(sessions, ENDING)


def _record_imported(source_appid: str, table: str, records: Sequence[Any]) -> None:
    ImportedRow.objects.bulk_create(
        [
            ImportedRow(source_appid=source_appid, table=table, rowid=it.pk, source_updated_at=it.updated_at)
            for it in records
        ],
        update_conflicts=True,
        unique_fields=["appid", "source_appid", "table", "rowid"],
        update_fields=["source_updated_at"],
    )


def record_events(accountids: Sequence[str], actor: Actor) -> None:
    """Record one event for each account that the import created, changed or deleted."""
    Event.objects.bulk_create(
        [Event(action=ACTION, accountid=accountid, actor_kind=actor.kind) for accountid in accountids]
    )


def set_default_profiles(profiles: Iterable[Any]) -> None:
    """Make these profiles the default of their accounts, unless an account has one.

    A join would take seconds: PostgreSQL has no statistics of tables that were just filled, and plans for empty ones.
    """
    given = {profile.account_id: profile.pk for profile in profiles}
    accounts = list(Account.objects.select_for_update(of=("self",)).filter(pk__in=given, profile=None))
    for account in accounts:
        account.profile_id = given[account.pk]
    if accounts:
        Account.objects.bulk_update(accounts, ["profile"])
