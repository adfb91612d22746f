"""Comparing rows of the source with those here, and writing what is new or changed there."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounts.models import Account, Profile
from dashboard.cache.rows import row_cache
from dashboard.core.actor import Actor
from dashboard.models import Record
from events.models import Action, Event
from node_dashboard.judging import ACCOUNT_TIMES, PROFILE_TEXTS, Judge, UnfitError
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
# What a change in the source changes here. Other columns are this server's own.
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
    """What a batch of rows comes to here. `unfit` has, by id, why a row is not taken, and whether it is here before."""

    new: list[Record] = field(default_factory=list)
    changed: list[Record] = field(default_factory=list)
    ended: list[Record] = field(default_factory=list)
    unfit: dict[str, tuple[str, bool]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def compare(source_appid: str, table: str, records: Sequence[Any], judge: Judge) -> Changes:
    """What these rows of the source, which `judge` has let through, would change here. Those here are locked."""
    ids = [record.pk for record in records]
    rows = MODELS[table]._base_manager.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    here: dict[str, Any] = {row.pk: row for row in rows}
    imported = {it.rowid: it for it in imported_rows(source_appid, table).filter(rowid__in=ids)}
    check = Checks(table, records, judge)
    changes = Changes()
    for record in records:
        try:
            check(record, here.get(record.pk))
            outcome = _outcome(changes, record, here.get(record.pk), imported.get(record.pk))
            changes.counts[outcome] += 1
        except UnfitError as error:
            changes.unfit[record.pk] = str(error), record.pk in here and record.pk in imported
    return changes


def imported_rows(source_appid: str, table: str) -> Any:
    """The rows of a table that were brought before."""
    return ImportedRow.objects.filter(source_appid=source_appid, table=table)


def _outcome(changes: Changes, record: Any, here: Any, imported: ImportedRow | None) -> str:
    """Endings are taken whatever else happened to the row: a session that ended anywhere has ended."""
    ends = here is not None and imported is not None and _ends(record, here)
    if ends:
        changes.ended.append(record)
    outcome = judged(record, here, imported)
    if outcome == "new":
        changes.new.append(record)
    if outcome == "changed":
        _keep(record, here)
        changes.changed.append(record)
    return "changed" if ends else outcome


def _ends(record: Any, here: Any) -> bool:
    return isinstance(record, Session) and record.ended_at is not None and here.ended_at is None


def judged(record: Record, here: Record | None, imported: ImportedRow | None) -> str:
    """Whether a row is new, changed or unchanged since it was brought.

    Raises UnfitError where the row here is not to be touched: it is none of the source's, or was deleted or changed
    here. A row that both sides have changed stays as it is here, whichever is newer, so that no password or session key
    that somebody has replaced comes back.
    """
    if here is None and imported is None:
        return "new"
    if here is None:
        raise UnfitError("it was deleted here since it was imported")
    if here.appid != settings.APPID:
        raise UnfitError("a row of another APPID has its id here")
    if imported is None:
        raise UnfitError("a row that was not imported has its id here")
    if record.updated_at == imported.source_updated_at and not _is_under_another_key(record, here):
        return "unchanged"
    if here.updated_at != imported.source_updated_at:
        raise UnfitError("it was changed both here and in the source since it was imported; it stays as it is here")
    return "changed"


def _is_under_another_key(record: Any, here: Any) -> bool:
    """Whether an earlier run took the same password hash for one that another key made."""
    if not isinstance(record, Account) or record.password == here.password:
        return False
    return bool(record.password.split("$", 2)[2] == here.password.split("$", 2)[2])


def _keep(record: Any, here: Any) -> None:
    """What a change in the source does not undo here."""
    if isinstance(record, Session):
        record.ended_at = here.ended_at or record.ended_at
    elif isinstance(record, Account) and here.owner_since:
        record.administrator_since = record.administrator_since or here.administrator_since


class Checks:
    """What may stand in the way of a row besides the row that has its id; asked of the database once a batch."""

    def __init__(self, table: str, records: Sequence[Any], judge: Judge) -> None:
        self._judge = judge
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
            accountids = {record.account_id for record in records} - judge.changing
            self._session_keys = dict(Account.objects.filter(pk__in=accountids).values_list("pk", "session_key"))

    def __call__(self, record: Any, here: Any) -> None:
        """Raises UnfitError. A default profile that has not been brought yet is left for when it is."""
        if isinstance(record, Account):
            holder = self._names.get(record.username_hash, record.pk)
            if holder != record.pk:
                raise UnfitError(f"{holder} has its username here")
            if (record.profile_id, record.pk) not in self._profiles:
                record.profile_id = None
        if isinstance(record, Session) and here is None and not self._has_session_key(record.account_id):
            raise UnfitError("the session key of its account was reset here")

    def _has_session_key(self, accountid: str) -> bool:
        in_the_source = self._judge.accounts[accountid]["sessionKey"]
        return bool(self._session_keys.get(accountid, in_the_source) == in_the_source)


def write(source_appid: str, table: str, changes: Changes, actor: Actor) -> None:
    """Make the rows here what they are in the source, and note that they were brought. In the caller's transaction."""
    model: Any = MODELS[table]
    for record in (*changes.new, *changes.changed):
        if isinstance(record, Session) and record.ended_at:
            _end(record, actor)
    model.objects.bulk_create(changes.new)
    if changes.changed:
        model.objects.bulk_create(
            changes.changed,
            update_conflicts=True,
            unique_fields=[model._meta.pk.name],
            update_fields=[*COLUMNS[table], "updated_at"],
        )
    _write_endings(changes.ended, actor)
    touched = {record.pk for record in (*changes.changed, *changes.ended)}
    if touched:
        row_cache.mark_dirty(*map(model.cache_key, sorted(touched)))
    _note(source_appid, table, [*changes.new, *changes.changed])
    if table == "accounts":
        record_events([record.pk for record in (*changes.new, *changes.changed)], actor)


def _end(session: Session, actor: Actor) -> None:
    for column, value in ending(ACTION, actor, session.ended_at).items():  # type: ignore[arg-type]
        setattr(session, column, value)


def _write_endings(sessions: Sequence[Any], actor: Actor) -> None:
    for session in sessions:
        _end(session, actor)
    Session.objects.bulk_update(sessions, ENDING)


def _note(source_appid: str, table: str, records: Sequence[Any]) -> None:
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
    """One event an account that was made, changed or deleted by the import."""
    Event.objects.bulk_create(
        [Event(action=ACTION, accountid=accountid, actor_kind=actor.kind) for accountid in accountids]
    )


def set_default_profiles(profiles: Iterable[Any]) -> None:
    """Give these profiles to their accounts as default ones, where an account has none.

    Each account is told its profile. A join would take seconds: PostgreSQL has no statistics of tables that have just
    been filled, and takes them for empty ones.
    """
    given = {profile.account_id: profile.pk for profile in profiles}
    accounts = list(Account.objects.select_for_update(of=("self",)).filter(pk__in=given, profile=None))
    for account in accounts:
        account.profile_id = given[account.pk]
    if accounts:
        row_cache.mark_dirty(*(Account.cache_key(account.pk) for account in accounts))
        Account.objects.bulk_update(accounts, ["profile"])
