"""Lists of events, newest first."""

from dataclasses import dataclass

from dashboard.api import pagination
from dashboard.core.actor import ActorKind
from dashboard.core.json import JSON
from events.models import ANOTHER, Event, EventQuerySet
from events.services.offsets import event_at
from events.services.rollup import count_events


@dataclass(frozen=True)
class EventList:
    """All events, or those of one account, of one action, or of both."""

    accountid: str = ""
    action: str = ""

    def queryset(self, after: Event | None = None) -> EventQuerySet:
        events = Event.objects.of_account(self.accountid).of_action(self.action).newest_first()
        return events.older_than(after) if after else events

    def page(self, after: Event | None, offset: int, limit: int) -> list[Event]:
        if offset >= pagination.FAR and not self.accountid:
            after, offset = event_at(self.action, offset - 1, after), 0
            if after is None:
                return []
        return list(self.queryset(after)[offset : offset + limit])

    def cursor(self, pk: str) -> Event:
        return self.queryset().get_or_refuse(pk)

    def as_json(self, event: Event) -> JSON:
        return event.as_json()

    def count(self) -> int:
        """Count the events: from daily sums, unless they are those of one account."""
        return self.queryset().count() if self.accountid else count_events(self.action)


@dataclass(frozen=True)
class OwnEventList(EventList):
    """The events of an account as its owner may see them: without the ids and addresses of other actors.

    Nor does it show which service credential an application server has used.
    """

    def as_json(self, event: Event) -> JSON:
        shown = event.as_json()
        shown.pop("actorCredentialid", None)
        if event.actor_kind == ActorKind.SERVICE:
            return {name: value for name, value in shown.items() if name not in ("ipAddress", "userAgent")}
        if event.actor_accountid not in ("", self.accountid):
            hidden = ("actorAccountid", "ipAddress", "userAgent")
            return {name: value for name, value in shown.items() if name not in hidden} | {"actorKind": ANOTHER}
        return shown
