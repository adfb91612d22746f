"""Event and metric routes for administrators."""

from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS
from dashboard.api.parameters import ACCOUNTID_FILTER
from dashboard.api.routing import route
from dashboard.api.schema.objects import COUNT, ListOf
from dashboard.api.viewsets import AdministratorViewSet
from dashboard.core.errors import ErrorCode
from events.listing import EventList
from events.parameters import ACTION_FILTER, METRIC_KEYS
from events.schemas import EVENT, METRIC
from events.services.metric_keys import metric_keys


class AdministratorEventViewSet(AdministratorViewSet):
    @route(
        "GET",
        "events",
        query=(ACCOUNTID_FILTER, ACTION_FILTER, *PAGINATION_PARAMETERS),
        returns=ListOf(EVENT),
        errors=(*PAGINATION_ERRORS, ErrorCode.EVENTID_UNKNOWN),
    )
    def events(self, request: Request) -> HttpResponseBase:
        """List events, newest first."""
        return self.list_response(EventList(ACCOUNTID_FILTER.read(request), ACTION_FILTER.read(request)))

    @route("GET", "events-count", query=(ACCOUNTID_FILTER, ACTION_FILTER), returns=COUNT)
    def events_count(self, request: Request) -> Response:
        """Count events."""
        return Response(EventList(ACCOUNTID_FILTER.read(request), ACTION_FILTER.read(request)).count())


class AdministratorMetricViewSet(AdministratorViewSet):
    @route(
        "GET",
        "metric-keys",
        query=(METRIC_KEYS,),
        returns=ListOf(METRIC),
        errors=(ErrorCode.METRIC_KEYS_MISSING, ErrorCode.METRIC_KEY_INVALID),
    )
    def metric_keys(self, request: Request) -> Response:
        """Return metrics: counts of accounts, sessions and reset codes in total, or in a year, a month or a day."""
        return Response(metric_keys(METRIC_KEYS.read(request)))
