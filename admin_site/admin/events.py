"""The list of events, and the page of each."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

from django.contrib.admin import SimpleListFilter, display
from django.db.models import QuerySet
from django.http import HttpRequest

from admin_site.admin.base import ReadOnlyAdmin
from admin_site.admin.filters import AccountFilter, CreatedBetweenFilter, CreatedRecentlyFilter
from admin_site.pages.labels import event_label
from admin_site.pages.references import References
from admin_site.pages.tables import EMPTY_CELL, actor, client, local_time
from events.models import Action, Event


class EventAccountFilter(AccountFilter):
    column = "accountid"  # not a foreign key: events outlive their account


class ActionFilter(SimpleListFilter):
    title = "event"
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return sorted(Action.choices, key=itemgetter(1))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Event]) -> QuerySet[Event]:
        return queryset.filter(action=self.value()) if self.value() in Action.values else queryset


class EventAdmin(ReadOnlyAdmin):
    list_display = ("when", "event", "account_link", "target", "actor", "client")
    list_filter = (ActionFilter, CreatedRecentlyFilter, CreatedBetweenFilter, EventAccountFilter)
    fields = ("when", "event", "account_link", "target", "actor", "user_agent", "ip_address")
    readonly_fields = ("when", "event", "account_link", "target", "actor")

    def references_of(self, rows: list[Any]) -> References:
        return References.of_events(rows)

    @display(description="When")
    def when(self, event: Event) -> str:
        return local_time(event.created_at)

    @display(description="Event")
    def event(self, event: Event) -> str:
        return event_label(event)

    @display(description="Account")
    def account_link(self, event: Any) -> str:
        return event.references.account(event.accountid) or EMPTY_CELL

    @display(description="Target")
    def target(self, event: Any) -> str:
        return event.references.target(event.targetid) or EMPTY_CELL

    @display(description="By")
    def actor(self, event: Any) -> str:
        return actor(event, event.references)

    @display(description="From")
    def client(self, event: Event) -> str:
        return client(event)
