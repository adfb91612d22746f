"""Show accounts on a terminal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.table import Table
from rich.text import Text

from accounts.models import Account, Profile
from dashboard.cli.formatting import format_time, printable
from dashboard.core.actor import ActorKind, is_another_account
from events.models import Event
from operations.overview import LATEST, Overview
from resetcodes.models import ResetCode
from sessions_app.models import Session

# Groups of columns. On a narrow screen the columns of a group are stacked in one.
Columns = Sequence[tuple[str, ...]]
ACCOUNT: Columns = (("account",), ("created",), ("name", "emails", "state"))
PROFILE: Columns = (("profile",), ("name", "emails", "other"))
SESSION: Columns = (("session",), ("signed in", "last seen"), ("from", "state"))
CODE: Columns = (("code",), ("created",), ("works until",))
FACTOR: Columns = (("factor",), ("kind", "name"), ("confirmed", "last used"))
EVENT: Columns = (("time",), ("operation", "on"), ("by", "from"))
# Other columns are never wrapped, so that their values can be copied.
BREAKABLE = {"state", "emails", "name", "other", "from", "by"}
MIN_WIDE = 110


def account_screen(overview: Overview) -> RenderableType:
    """Render one account. Times are in TIME_ZONE, which the last line names."""
    account, at = overview.account, overview.at
    sessions = f"Sessions: {overview.active_sessions:,} active of {overview.all_sessions:,}"
    codes = [(it.codeid, format_time(it.created_at), _works_until(it, at)) for it in overview.reset_codes]
    factors = [
        (it.factorid, it.get_factor_type_display(), it.name, format_time(it.confirmed_at), format_time(it.last_used_at))
        for it in overview.second_factors
    ]
    return Group(
        _heading(account, at),
        _facts(account),
        *(Text(f"{it.client} has to wait until {format_time(it.locked_until)}", "red") for it in overview.waiting),
        *_table("Profiles", PROFILE, [_profile(profile, account) for profile in overview.profiles]),
        *_table(sessions, SESSION, [_session(session, at) for session in overview.sessions]),
        *_table("Reset codes", CODE, codes),
        *_table(f"Second factors: {overview.recovery_codes_left} recovery codes left", FACTOR, factors),
        *_table("Events", EVENT, [_event(it) for it in overview.events]),
        _zone(),
    )


def account_list(overviews: list[Overview]) -> RenderableType:
    """Render a list of accounts, one line each, with times as in `account_screen`."""
    rows = [
        (
            it.account.accountid,
            format_time(it.account.created_at),
            _joined(name for profile in it.profiles for name in (profile.full_name, profile.display_name)),
            _emails(it.profiles),
            _state(it.account, it.at),
        )
        for it in overviews
    ]
    title = f"{len(overviews)} accounts; show one by its id"
    return Group(*_table(title, ACCOUNT, rows), _zone())


def _zone() -> Text:
    return Text(f"\nTimes are in {settings.TIME_ZONE}.", "dim")


def _heading(account: Account, at: datetime) -> Text:
    style = "bold red" if _barred(account, at) else "bold green"
    return Text.assemble((account.accountid, "bold"), "  ", (_state(account, at), style))


def _barred(account: Account, at: datetime) -> bool:
    return account.deleted_at is not None or account.is_locked(at)


def _state(account: Account, at: datetime) -> str:
    roles = ["owner"] if account.owner_since else ["administrator"] if account.administrator_since else []
    if account.deleted_at:
        due = "due to be deleted at" if account.deleted_at > at else "overdue for deletion since"
        roles.append(f"{due} {format_time(account.deleted_at)}")
    if account.locked_until and account.is_locked(at):
        roles.append(f"locked until {format_time(account.locked_until)}")
    return ", ".join(roles if _barred(account, at) else [*roles, "active"])


def _facts(account: Account) -> Table:
    times = {
        "created": account.created_at,
        "last signed in": account.last_signed_in_at,
        "username changed": account.username_last_changed_at,
        "password changed": account.password_last_changed_at,
        "reset code created": account.reset_code_last_created_at,
        "reset code used": account.reset_code_last_used_at,
        "session key reset": account.session_key_last_reset_at,
        "owner since": account.owner_since,
        "administrator since": account.administrator_since,
    }
    facts = [(name, format_time(moment)) for name, moment in times.items() if moment]
    if account.failed_sign_ins:
        facts.append(("wrong passwords", f"{account.failed_sign_ins} in a row"))
    table = Table.grid(padding=(0, 2))
    half = (len(facts) + 1) // 2
    for left, right in zip(facts[:half], [*facts[half:], ("", "")], strict=False):
        table.add_row(Text(left[0], "dim"), left[1], Text(right[0], "dim"), right[1])
    return table


@dataclass(frozen=True)
class Rows:
    """A table that fits the screen: one column per name in `columns`, or per group if the screen is narrow."""

    columns: Columns
    rows: Sequence[tuple[str, ...]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterable[RenderableType]:
        groups = self.columns
        if options.max_width >= MIN_WIDE:
            groups = [(name,) for group in groups for name in group]
        table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
        for group in groups:
            table.add_column(_stacked(group), no_wrap=BREAKABLE.isdisjoint(group), overflow="fold")
        for row in self.rows:
            cells = iter(map(printable, row))
            table.add_row(*(_stacked([next(cells) for _ in group]) for group in groups))
        yield table


def _stacked(cells: Iterable[str]) -> Text:
    return Text("\n".join(cell for cell in cells if cell))


def _table(title: str, columns: Columns, rows: Sequence[tuple[str, ...]]) -> Iterable[RenderableType]:
    """Return a heading and a table, or one line if there are no rows."""
    if not rows:
        return (Text(f"\n{title.partition(':')[0]}: none"),)
    latest = f" (the latest {LATEST})" if len(rows) == LATEST else ""
    return Text(f"\n{title}{latest}", "bold"), Rows(columns, rows)


def _profile(profile: Profile, account: Account) -> tuple[str, ...]:
    names = [profile.full_name, profile.display_name]
    others = [profile.phone, profile.company_name, profile.occupation, profile.location, profile.website]
    default = " (default)" if profile.pk == account.profile_id else ""
    return f"{profile.profileid}{default}", _joined(names), _emails([profile]), _joined(others)


def _session(session: Session, at: datetime) -> tuple[str, ...]:
    if ending := session.ending:
        by = _actor_name(ending.kind, ending.accountid, session.account_id)
        state = f"ended {format_time(ending.at)}, {ending.action} by {by}"
    else:
        state = _state_of_unended(session, at)
    times = format_time(session.created_at), format_time(session.last_seen_at)
    return session.sessionid, *times, _joined([session.ip_address, session.user_agent]), state


def _state_of_unended(session: Session, at: datetime) -> str:
    if session.ends_at > at:
        return f"active until {format_time(session.expires_at)}"
    return f"{'expired' if session.ends_at == session.expires_at else 'idle since'} {format_time(session.ends_at)}"


def _works_until(code: ResetCode, at: datetime) -> str:
    if code.is_blocked and not code.is_expired(at):
        return "blocked after too many wrong codes"
    return format_time(code.works_until)


def _event(event: Event) -> tuple[str, ...]:
    operation = f"{event.action} ({event.refusal})" if event.refusal else event.action
    by = _actor_name(event.actor_kind, event.actor_accountid, event.accountid)
    if event.actor_credentialid:
        by = f"{by} ({event.actor_credentialid})"
    return format_time(event.created_at), operation, event.targetid, by, _joined([event.ip_address, event.user_agent])


def _actor_name(kind: str, actor_accountid: str, accountid: str) -> str:
    """Return the capacity of the actor, and its id unless it is the account itself."""
    is_another = is_another_account(actor_accountid, accountid)
    if kind == ActorKind.ACCOUNT:
        return actor_accountid if is_another else "itself"
    return f"{kind} for {actor_accountid}" if is_another else kind


def _emails(profiles: list[Profile]) -> str:
    return _joined([email for profile in profiles for email in (profile.contact_email, profile.display_email)])


def _joined(texts: Iterable[str | None]) -> str:
    """Join the texts that are not empty, each once."""
    return ", ".join(dict.fromkeys(text for text in texts if text))
