"""The tables of an account's page, as the theme's component wants them: headers, and rows of cells."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.timesince import timesince
from django.utils.timezone import localtime

from accounts.models import Account, Profile
from admin_site.pages.labels import what, who, why_ended
from admin_site.pages.links import link
from events.models import Event
from resetcodes.models import ResetCode
from sessions_app.models import Session

Table = dict[str, Any]

NOTHING = "-"


def moment(time: datetime | None) -> str:
    """A time to the minute, in TIME_ZONE, and how long ago it was, as one says it on the phone."""
    if time is None:
        return NOTHING
    now = timezone.now()
    distance = f"{timesince(time, now, depth=1)} ago" if time <= now else f"in {timesince(now, time, depth=1)}"
    written = date_format(localtime(time), "j M Y, H:i")
    return format_html('<time datetime="{}" title="{}">{}</time>', time.isoformat(), distance, written)


def profiles(rows: Iterable[Profile], default: str | None) -> Table:
    """Profiles of an account, which of them is its default."""
    headers = ["Profile", "Name", "Email", "Phone", "Created"]
    return {
        "headers": headers,
        "rows": [
            [
                link(it),
                f"{it.full_name or it.display_name or NOTHING}{' (default)' if it.pk == default else ''}",
                it.contact_email or it.display_email or NOTHING,
                it.phone or NOTHING,
                moment(it.created_at),
            ]
            for it in rows
        ],
    }


def active_sessions(rows: Iterable[Session]) -> Table:
    """Sessions that sign their account in."""
    return {
        "headers": ["Session", "Browser", "Address", "Signed in", "Last seen", "Until", "Operation"],
        "rows": [[*_sign_in(it), moment(it.last_seen_at), moment(it.expires_at), _end(it)] for it in rows],
    }


def ended_sessions(rows: Iterable[Session]) -> Table:
    """Sessions that are over, and why."""
    return {
        "headers": ["Session", "Browser", "Address", "Signed in", "Ended", "Why"],
        "rows": [[*_sign_in(it), moment(it.ended_at or it.expires_at), why_ended(it)] for it in rows],
    }


def _sign_in(session: Session) -> list[str]:
    return [
        link(session),
        session.user_agent or NOTHING,
        session.ip_address or NOTHING,
        moment(session.created_at),
    ]


def _end(session: Session) -> str:
    url = reverse("admin:sessions_app_session_operation", args=("set-session-ended",))
    return format_html(
        '<a href="{}?pk={}" class="text-link">End<span class="only-heard"> this session</span></a>', url, session.pk
    )


def reset_codes(rows: Iterable[ResetCode]) -> Table:
    """Reset codes that wait to be used; what they are nobody can see any more."""
    return {"headers": ["Reset code", "Created"], "rows": [[link(it), moment(it.created_at)] for it in rows]}


def events(rows: Iterable[Event]) -> Table:
    """What happened to an account."""
    return {
        "headers": ["When", "What", "On what", "Who", "From"],
        "rows": [[moment(it.created_at), what(it), it.targetid or NOTHING, actor(it), whence(it)] for it in rows],
    }


def actor(event: Event) -> str:
    """Who it was; another account as a link to its page."""
    name = who(event.actor_kind, event.actor_accountid, event.accountid)
    return link(Account(pk=name)) if name == event.actor_accountid else name


def whence(row: Event | Session) -> str:
    """With which browser, and from which address."""
    return ", ".join(part for part in (row.user_agent, row.ip_address) if part) or NOTHING
