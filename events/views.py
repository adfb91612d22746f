"""Routes of events and figures for administrators; accounts/views/events.py has those of one's own."""

from django.http.response import HttpResponseBase
from rest_framework.request import Request

from dashboard.api.pagination import PAGING, PAGING_ERRORS, listed
from dashboard.api.parameters import KEYS, OF_ACCOUNT, OF_ACTION
from dashboard.api.responses import Answer
from dashboard.api.routing import AdministratorViewSet, route
from dashboard.api.schema.objects import COUNT, ListOf
from dashboard.core.errors import Refusal
from events.lists import EventList
from events.metrics import metric_keys
from events.schemas import EVENT, METRIC


class AdministratorEvents(AdministratorViewSet):
    @route(
        "GET",
        "events",
        query=(OF_ACCOUNT, OF_ACTION, *PAGING),
        returns=ListOf(EVENT),
        errors=(*PAGING_ERRORS, Refusal.EVENTID_UNKNOWN),
    )
    def events(self, request: Request) -> HttpResponseBase:
        """What happened, newest first."""
        return listed(request, EventList(OF_ACCOUNT.of(request), OF_ACTION.of(request)))

    @route("GET", "events-count", query=(OF_ACCOUNT, OF_ACTION), returns=COUNT)
    def events_count(self, request: Request) -> Answer:
        """How many events there are."""
        return Answer(EventList(OF_ACCOUNT.of(request), OF_ACTION.of(request)).count())


class AdministratorMetrics(AdministratorViewSet):
    @route(
        "GET",
        "metric-keys",
        query=(KEYS,),
        returns=ListOf(METRIC),
        errors=(Refusal.KEYS_MISSING, Refusal.KEY_FORM),
    )
    def metric_keys(self, request: Request) -> Answer:
        """Figures: how many accounts, sessions, codes, in total, in a year, in a month or on a day."""
        return Answer(metric_keys(KEYS.of(request)))
