"""The lists of sessions, reset codes, profiles and events, each row with a link to its account."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import Account, Profile
from admin_site.actions.admin import OperableList
from admin_site.actions.sessions import RESET_CODE_OPERATIONS, SESSION_OPERATIONS
from admin_site.admin.base import Between, Created, OfAccount, ReadOnlyList
from admin_site.pages.labels import phrase, what, why_ended
from admin_site.pages.links import link, name_of, url_of
from admin_site.pages.tables import NOTHING, actor, moment, whence
from events.models import Action, Event
from resetcodes.models import ResetCode
from sessions_app.models import Session


class OfSomebody(ReadOnlyList):
    """Rows that belong to an account."""

    with_rows = ("account__profile",)

    def where_after(self, row: Any) -> str:
        return url_of(row.account)

    @display(description="Id")
    def rowid(self, row: Any) -> str:
        return str(row.pk)

    @display(description="Account")
    def whose(self, row: Any) -> str:
        return link(row.account, name_of(row.account))

    @display(description="Created")
    def created(self, row: Any) -> str:
        return moment(row.created_at)


class SessionState(SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("active", "Signed in now")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        return queryset.active(timezone.now()) if self.value() == "active" else queryset  # type: ignore[attr-defined]


class Sessions(OfSomebody, OperableList):
    operations = SESSION_OPERATIONS
    list_display = ("rowid", "whose", "state", "origin", "created")
    list_filter = (SessionState, Created, Between, OfAccount)
    fields = ("rowid", "whose", "user_agent", "ip_address", "created", "last_seen", "verified", "state")
    readonly_fields = ("rowid", "whose", "created", "last_seen", "verified", "state")

    def describe(self, row: Session) -> str:
        return f"{name_of(row.account)}: {whence(row)}"

    @display(description="From")
    def origin(self, session: Session) -> str:
        return whence(session)

    @display(description="Last seen")
    def last_seen(self, session: Session) -> str:
        return moment(session.last_seen_at)

    @display(description="Password last proven")
    def verified(self, session: Session) -> str:
        return moment(session.last_verified_at)

    @display(description="State")
    def state(self, session: Session) -> str:
        return why_ended(session) if session.is_ended(timezone.now()) else "Signed in"


class ResetCodes(OfSomebody, OperableList):
    operations = RESET_CODE_OPERATIONS
    list_display = ("rowid", "whose", "created")
    list_filter = (Created, Between, OfAccount)
    fields = ("rowid", "whose", "created")
    readonly_fields = ("rowid", "whose", "created")

    def describe(self, row: ResetCode) -> str:
        return name_of(row.account)


class Profiles(OfSomebody):
    list_display = ("rowid", "whose", "full_name", "contact_email", "phone", "created")
    list_filter = (Created, Between, OfAccount)
    fields = (
        "rowid",
        "whose",
        "full_name",
        "contact_email",
        "display_name",
        "display_email",
        "dob",
        "phone",
        "occupation",
        "location",
        "company_name",
        "website",
        "created",
    )
    readonly_fields = ("rowid", "whose", "created")


class OnAccount(OfAccount):
    column = "accountid"


class WhichAction(SimpleListFilter):
    title = "what"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return sorted(((it.value, phrase(it)) for it in Action), key=itemgetter(1))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(action=self.value()) if self.value() in set(Action) else queryset


class Events(ReadOnlyList):
    list_display = ("when", "what", "on_account", "on_what", "who", "origin")
    list_filter = (WhichAction, Created, Between, OnAccount)
    fields = ("when", "what", "on_account", "on_what", "who", "user_agent", "ip_address")
    readonly_fields = ("when", "what", "on_account", "on_what", "who")

    @display(description="When")
    def when(self, event: Event) -> str:
        return moment(event.created_at)

    @display(description="What")
    def what(self, event: Event) -> str:
        return what(event)

    @display(description="Account")
    def on_account(self, event: Event) -> str:
        return link(Account(pk=event.accountid)) if event.accountid else NOTHING

    @display(description="On what")
    def on_what(self, event: Event) -> str:
        return event.targetid or NOTHING

    @display(description="From")
    def origin(self, event: Event) -> str:
        return whence(event)

    @display(description="Who")
    def who(self, event: Event) -> str:
        return actor(event)


LISTS: dict[type[Model], type[ReadOnlyList]] = {
    Session: Sessions,
    ResetCode: ResetCodes,
    Profile: Profiles,
    Event: Events,
}
