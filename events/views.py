"""Event and metric routes for administrators."""

from django.conf import settings
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from dashboard.api.long_polling import LongPoll
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS
from dashboard.api.parameters import ACCOUNTID_FILTER
from dashboard.api.requests import APIRequest
from dashboard.api.routing import route
from dashboard.api.schema.objects import COUNT, ListOf
from dashboard.api.viewsets import AdministratorViewSet
from dashboard.core.errors import ErrorCode
from dashboard.core.services import Scope
from events.listing import EventList
from events.parameters import ACTION_FILTER, FEED_ERRORS, FEED_PARAMETERS, METRIC_KEYS, FeedQuery
from events.schemas import EVENT, FEED, METRIC
from events.services import feed, feed_readers, feed_signal
from events.services.metric_keys import metric_keys

MAX_READS = 20  # of the feed in one request, each of which looks at a thousand events; it has a thread meanwhile


class AdministratorEventViewSet(AdministratorViewSet):
    @route(
        "GET",
        "events",
        query=(ACCOUNTID_FILTER, ACTION_FILTER, *PAGINATION_PARAMETERS),
        returns=ListOf(EVENT),
        errors=(*PAGINATION_ERRORS, ErrorCode.EVENTID_UNKNOWN),
        service_scope=Scope.READ_EVENTS,
    )
    def events(self, request: Request) -> HttpResponseBase:
        """List events, newest first."""
        return self.list_response(EventList(ACCOUNTID_FILTER.read(request), ACTION_FILTER.read(request)))

    @route(
        "GET",
        "events-count",
        query=(ACCOUNTID_FILTER, ACTION_FILTER),
        returns=COUNT,
        service_scope=Scope.READ_EVENTS,
    )
    def events_count(self, request: Request) -> Response:
        """Count events."""
        return self.count_response(EventList(ACCOUNTID_FILTER.read(request), ACTION_FILTER.read(request)))


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


class FeedViewSet(AdministratorViewSet):
    prefix = ""

    @route(
        "GET",
        "feed",
        query=FEED_PARAMETERS,
        returns=FEED,
        errors=FEED_ERRORS,
        service_scope=Scope.READ_EVENTS,
    )
    def feed(self, request: APIRequest) -> Response:
        """Return the events that come after a cursor, in the order in which they were committed, and the next cursor.

        Where there are none yet, wait for some, and else answer without any.
        """
        query, poll = FeedQuery.read(request), LongPoll.of(request._request)
        page = feed.read(query.cursor, query.actions, query.limit, is_new=query.is_new)
        if query.reader and not (poll and poll.waited):
            feed_readers.confirm(
                request.actor.credentialid or request.actor.accountid or "", query.reader, query.cursor
            )
        if not page.events:
            page = _next_page(page, query, poll)
        events = [event.as_json() for event in page.events]
        return Response({"object": "feed", "appid": settings.APPID, "events": events, "cursor": page.cursor.encode()})


def _next_page(page: feed.Page, query: FeedQuery, poll: LongPoll | None) -> feed.Page:
    """Return the page that comes after one without events. Wait in this thread, unless the gateway does.

    After MAX_READS reads without an event of these actions, return what there is: the reader goes on from its cursor.
    """
    for _ in range(MAX_READS - 1):
        if page.events or page.is_last:
            break
        page = feed.read(page.cursor, query.actions, query.limit)
    if page.events or not page.is_last:
        return page
    if poll:
        poll.wanted = max(0.0, query.wait - poll.waited)
        return page
    return feed_signal.read_when_there(page, query.actions, query.limit, query.wait)
