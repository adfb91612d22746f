"""The list of events, and the page of each."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest

from admin_site.admin.base import ACCOUNTS_LIMIT, ReadOnlyAdmin, search_for
from admin_site.admin.filters import AccountFilter, CreatedBetweenFilter, CreatedRecentlyFilter, ExplainedFilter
from admin_site.admin.keyset import CREATED
from admin_site.pages.labels import event_label
from admin_site.pages.links import two_lines
from admin_site.pages.references import TARGETS, References
from admin_site.pages.tables import EMPTY_CELL, actor, client_lines, local_time
from dashboard.models import ID_PATTERN
from events.models import EVENTID_PATTERN, Action, Event

LARGEST_ID = 2**63 - 1


class EventAccountFilter(AccountFilter):
    column = "accountid"  # not a foreign key: events outlive their account


class ActionFilter(ExplainedFilter):
    title = "event"
    help_text = "What was done, through the API, on this site or by an operator's command."
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return sorted(Action.choices, key=itemgetter(1))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(action=self.value()) if self.value() in Action.values else queryset


class EventAdmin(ReadOnlyAdmin):
    export_name = "events"
    empty_advice = "Whatever is done from now on appears here."
    list_display = ("when", "event_with_target", "account_link", "actor", "client", "event_id")
    optional_columns = ("event_id",)
    search_fields = ("pk",)  # only shows the search field: get_search_results decides what matches
    search_help_text = "ID, or the account's name, email or ID"
    search_explanation = (
        "The search looked for events with this ID, for events of a session, profile or reset code with this ID that"
        " still exists, and for events of accounts that match by ID, by exact username, or by a part of a name or an"
        " email address."
    )
    search_advice = (
        "For an account that was deleted, enter its ID. For others, try one word alone, such as the last name."
    )
    list_filter = (ActionFilter, CreatedRecentlyFilter, CreatedBetweenFilter, EventAccountFilter)
    fields = readonly_fields = ("when", "event", "account_link", "target", "actor", "browser", "address")

    def references_of(self, rows: list[Any]) -> References:
        return References.of_events(rows)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Event], search_term: str
    ) -> tuple[QuerySet[Event], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if match := EVENTID_PATTERN.fullmatch(term):
            return queryset.filter(pk=int(match[1], 16)) if int(match[1], 16) <= LARGEST_ID else queryset.none(), False
        if ID_PATTERN.fullmatch(term) and term[:4] in TARGETS:
            owners = TARGETS[term[:4]].objects.filter(pk=term).values("account")
            return queryset.filter(accountid__in=owners, targetid=term), False
        known = {term} if ID_PATTERN.fullmatch(term) else search_for(request, term, ACCOUNTS_LIMIT)
        return queryset.filter(accountid__in=known), False

    @display(description="When", ordering=CREATED)
    def when(self, event: Event) -> str:
        return local_time(event.created_at)

    @display(description="Event")
    def event(self, event: Event) -> str:
        return event_label(event)

    @display(description="Event")
    def event_with_target(self, event: Any) -> str:
        return two_lines(event_label(event), event.references.target(event.targetid))

    @display(description="Account")
    def account_link(self, event: Any) -> str:
        return event.references.account_with_email(event.accountid) or EMPTY_CELL

    @display(description="Target")
    def target(self, event: Any) -> str:
        return event.references.target(event.targetid) or EMPTY_CELL

    @display(description="By")
    def actor(self, event: Any) -> str:
        return actor(event, event.references)

    @display(description="From")
    def client(self, event: Event) -> str:
        return client_lines(event)

    @display(description="Browser")
    def browser(self, event: Event) -> str:
        return event.user_agent or EMPTY_CELL

    @display(description="IP address")
    def address(self, event: Event) -> str:
        return event.ip_address or EMPTY_CELL

    @display(description="ID")
    def event_id(self, event: Event) -> str:
        return event.public_id
