"""Export of lists as CSV, for the administrators' site and the command `export_list`."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.db import DatabaseError

from accounts.models import Account, Profile
from dashboard.core.actor import Actor
from dashboard.core.csv import as_csv
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db.postgresql import without_statement_timeout
from dashboard.models import NewestFirstQuerySet
from dashboard.replica.reads import Reader, reader_of
from events.models import Action, Event
from events.services.recording import record_details
from resetcodes.models import ResetCode
from sessions_app.models import Session

Columns = dict[str, Callable[[Any], Any]]
Rows = TypeVar("Rows")
WITH_ACCOUNT = ("account__profile",)


@dataclass(frozen=True)
class ListExport:
    """A list that can be exported: its name, and how to read each cell of a row. No column has a secret or a hash."""

    name: str
    model: type[Any]
    columns: Columns
    prefetch: tuple[str, ...] = ()
    annotate: Callable[[Any], Any] = lambda rows: rows

    def lines(self, rows: Sequence[Any]) -> list[list[Any]]:
        """Return the cells of each row."""
        return [[read(row) for read in self.columns.values()] for row in rows]


def _attributes(*names: str) -> Columns:
    return {name: lambda row, name=name: getattr(row, name) for name in names}  # type: ignore[misc]


def _of_account(name: str, read: Callable[[Profile], str]) -> Columns:
    return {name: lambda row: read(row.account.profile) if row.account.profile else ""}


def _of_ending(**parts: str) -> Columns:
    return {name: lambda row, part=part: getattr(row.ending, part, None) for name, part in parts.items()}  # type: ignore[misc]


def _name(profile: Profile) -> str:
    return profile.full_name or profile.display_name


def _email(profile: Profile) -> str:
    return profile.contact_email or profile.display_email


ACCOUNT_OF_ROW = {
    "accountid": lambda row: row.account_id,
    **_of_account("account_name", _name),
    **_of_account("account_email", _email),
}
EXPORTS = {
    export.name: export
    for export in (
        ListExport(
            "accounts",
            Account,
            {
                "accountid": lambda account: account.pk,
                "name": lambda account: _name(account.profile) if account.profile else "",
                "email": lambda account: _email(account.profile) if account.profile else "",
                **_attributes("owner_since", "administrator_since", "last_signed_in_at", "password_last_changed_at"),
                **_attributes("failed_sign_ins", "locked_until", "deleted_at", "created_at", "updated_at"),
            },
            ("profile",),
        ),
        ListExport(
            "profiles",
            Profile,
            {
                **_attributes("profileid"),
                "accountid": lambda profile: profile.account_id,
                **_attributes("full_name", "contact_email", "display_name", "display_email", "dob", "phone"),
                **_attributes("occupation", "location", "company_name", "website", "created_at", "updated_at"),
            },
        ),
        ListExport(
            "sessions",
            Session,
            {
                **_attributes("sessionid"),
                **ACCOUNT_OF_ROW,
                **_attributes("created_at", "last_seen_at", "last_verified_at", "expires_at"),
                **_of_ending(ended_at="at", ended_by_action="action"),
                **_of_ending(ended_by_kind="kind", ended_by_accountid="accountid"),
                **_attributes("ip_address", "user_agent"),
            },
            WITH_ACCOUNT,
            lambda rows: rows.with_revocations(),
        ),
        ListExport(
            "reset-codes",
            ResetCode,
            {**_attributes("codeid"), **ACCOUNT_OF_ROW, **_attributes("created_at", "expires_at")},
            WITH_ACCOUNT,
        ),
        ListExport(
            "events",
            Event,
            {
                "eventid": lambda event: event.public_id,
                **_attributes("created_at", "action", "refusal", "details", "accountid", "targetid"),
                **_attributes("actor_kind", "actor_accountid", "actor_credentialid", "ip_address", "user_agent"),
            },
        ),
    )
}


def may_export(account: Account) -> bool:
    """Return whether an administrator may export lists: the owner, and others with ADMINISTRATORS_MAY_EXPORT."""
    return account.is_superuser or (settings.ADMINISTRATORS_MAY_EXPORT and account.is_staff)


def export_list(
    name: str, rows: NewestFirstQuerySet[Any], filters: str, actor: Actor, caller: Account | None = None
) -> Iterator[str]:
    """Return the parts of a CSV document with these rows of a list, newest first. Some thousand rows are in memory.

    `filters` describes in words which rows these are. The export is recorded before anything is read, and once more at
    its end, with the number of rows. `caller` is the administrator who asks; operators need none. Raises
    invalid-account (403) for an administrator who may not export.
    """
    if caller is not None and not may_export(caller):
        raise DashboardError(ErrorCode.NOT_OWNER)
    export = EXPORTS[name]
    reader = reader_of(actor)  # before the event of the export, after which the primary would be read
    record_details(Action.EXPORT_LIST, actor, f"{name}, {filters or 'no filter'}")
    selected = export.annotate(rows.prefetch_related(None).prefetch_related(*export.prefetch))
    return _document(export, selected, actor.admitted(), reader)


def _document(export: ListExport, rows: NewestFirstQuerySet[Any], actor: Actor, reader: Reader) -> Iterator[str]:
    exported, outcome = 0, "interrupted"
    try:
        yield as_csv([list(export.columns)])
        for chunk in rows.in_chunks(lambda call: reader(lambda: _without_limit(call))):
            lines = export.lines(chunk)
            exported += len(lines)
            yield as_csv(lines)
        outcome = "complete"
    finally:
        with suppress(DatabaseError):  # if the database is gone, that is the error to report
            record_details(
                Action.FINISH_EXPORT,
                actor,
                f"{export.name}, {exported:,} {'row' if exported == 1 else 'rows'}, {outcome}",
            )


def _without_limit(call: Callable[[], Rows]) -> Rows:
    """Read a chunk in a transaction of its own, which may take any time."""
    with without_statement_timeout():
        return call()
