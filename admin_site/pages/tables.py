"""Tables of an account's page, in the shape of the theme's table component: `headers`, and `rows` of cells."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.timezone import localtime

from accounts.models import Profile
from admin_site.pages.labels import action_label, actor_label, event_label
from admin_site.pages.links import object_link, two_lines
from admin_site.pages.references import References
from events.models import Event
from resetcodes.models import ResetCode
from second_factors.models import SecondFactor
from sessions_app.models import Session

Table = dict[str, Any]

EMPTY_CELL = format_html('<span class="empty">{}</span>', "-")  # not shown where a phone stacks cells


def local_time(time: datetime | None) -> str:
    """Return a time in TIME_ZONE, to the minute, which times.js then shows in the zone of the browser.

    Its tooltip names the zone, and tells how long ago it was, or how far ahead it is.
    """
    if time is None:
        return EMPTY_CELL
    now = timezone.now()
    distance = f"{timesince(time, now, depth=1)} ago" if time <= now else f"in {timesince(now, time, depth=1)}"
    text = date_format(localtime(time), "j M Y, H:i")
    zone = date_format(localtime(time), "T")
    return format_html('<time datetime="{}" title="{} {}, {}">{}</time>', time.isoformat(), text, zone, distance, text)


def profiles(rows: Iterable[Profile], default_id: str | None) -> Table:
    """Return the table of an account's profiles, in which the default one is marked."""
    return {
        "headers": ["Profile", "Name", "Email", "Phone", "Created"],
        "rows": [
            [
                object_link(it),
                _profile_name(it, default_id),
                it.contact_email or it.display_email or EMPTY_CELL,
                it.phone or EMPTY_CELL,
                local_time(it.created_at),
            ]
            for it in rows
        ],
    }


def active_sessions(rows: Iterable[Session], current: str) -> Table:
    """Return the table of an account's active sessions, each with a link to end it. `current` is the caller's."""
    return {
        "headers": ["Session", "Browser", "IP address", "Signed in", "Last seen", "Expires", "Action"],
        "rows": [_active_cells(it, is_current=it.pk == current) for it in rows],
    }


def _active_cells(session: Session, *, is_current: bool) -> list[str]:
    link, *others = _sign_in_cells(session)
    if is_current:
        link = format_html("{} (the one you are using)", link)
    return [link, *others, local_time(session.last_seen_at), local_time(session.expires_at), _end_link(session)]


def ended_sessions(rows: Iterable[Session]) -> Table:
    """Return the table of an account's ended, expired and idle sessions, with the reason of each."""
    ended = list(rows)
    references = References.of_sessions(ended)
    return {
        "headers": ["Session", "Browser", "IP address", "Signed in", "Ended", "Reason"],
        "rows": [[*_sign_in_cells(it), local_time(_end(it)), end_reason(it, references)] for it in ended],
    }


def _end(session: Session) -> datetime:
    ending = session.ending
    return ending.at if ending else session.ends_at


def end_reason(session: Session, references: References) -> str:
    """Return why a session is no longer active, and who ended it."""
    ending = session.ending
    if ending is None:
        return "Expired" if session.ends_at == session.expires_at else "Idle for too long"
    if not ending.action:
        return "Ended"
    label = actor_label(ending.kind, ending.accountid, session.account_id)
    by = references.account(label) if label == ending.accountid else f"{label[0].lower()}{label[1:]}"
    return format_html("{}, by {}", action_label(ending.action), by)


def _sign_in_cells(session: Session) -> list[str]:
    return [
        object_link(session),
        session.user_agent or EMPTY_CELL,
        session.ip_address or EMPTY_CELL,
        local_time(session.created_at),
    ]


def _end_link(session: Session) -> str:
    url = reverse("admin:sessions_app_session_operation", args=("set-session-ended",))
    return format_html(
        '<a href="{}?pk={}" class="text-link">End<span class="visually-hidden"> this session</span></a>',
        url,
        session.pk,
    )


def reset_codes(rows: Iterable[ResetCode]) -> Table:
    """Return the table of an account's unused reset codes. The codes themselves are stored as hashes only."""
    headers = ["Reset code", "Created", "Works until"]
    return {
        "headers": headers,
        "rows": [[object_link(it), local_time(it.created_at), works_until(it)] for it in rows],
    }


def second_factors(rows: Iterable[SecondFactor]) -> Table:
    """Return the table of an account's second factors."""
    return {
        "headers": ["Second factor", "Kind", "Added", "Last used"],
        "rows": [
            [
                it.name,
                it.get_factor_type_display(),
                local_time(it.confirmed_at),
                local_time(it.last_used_at) if it.last_used_at else "Never",
            ]
            for it in rows
        ],
    }


def works_until(code: ResetCode) -> str:
    """Return until when a reset code works, in words."""
    if code.is_expired(timezone.now()):
        return "Expired"
    if code.is_blocked:
        return "Blocked after too many wrong codes"
    return local_time(code.works_until) if code.works_until else "It is used"


def events(rows: Iterable[Event]) -> Table:
    """Return the table of an account's history."""
    history = list(rows)
    references = References.of_events(history)
    return {
        "headers": ["When", "Event", "Target", "By", "From"],
        "rows": [_event_cells(it, references) for it in history],
    }


def _event_cells(event: Event, references: References) -> list[str]:
    return [
        local_time(event.created_at),
        event_label(event),
        references.target(event.targetid) or EMPTY_CELL,
        actor(event, references),
        client(event),
    ]


def actor(event: Event, references: References) -> str:
    """Return the actor of an event. Another account is a link to its page."""
    who = references.actor(event.actor_kind, event.actor_accountid, event.accountid)
    credential = references.credentials.get(event.actor_credentialid, event.actor_credentialid)
    return format_html("{} ({})", who, credential) if credential else who


def _profile_name(profile: Profile, default_id: str | None) -> str:
    names = [profile.full_name or profile.display_name, "(default)" if profile.pk == default_id else ""]
    return " ".join(filter(None, names)) or EMPTY_CELL


def client(row: Event | Session, unknown: str = EMPTY_CELL) -> str:
    """Return the browser and the IP address of an event or session, or `unknown` if neither was recorded."""
    return ", ".join(part for part in (row.user_agent, row.ip_address) if part) or unknown


def client_lines(row: Event | Session) -> str:
    """Do what `client` does, with the IP address below the browser."""
    return two_lines(row.user_agent, row.ip_address) or EMPTY_CELL
