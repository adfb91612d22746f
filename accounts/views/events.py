"""Routes of events for whoever has an account: what happened to it."""

from django.http.response import HttpResponseBase

from accounts.inputs import OWN_ACCOUNT_ERRORS, own
from accounts.requests import SignedInRequest
from dashboard.api.pagination import PAGING, PAGING_ERRORS, listed
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.responses import Answer
from dashboard.api.routing import UserViewSet, route
from dashboard.api.schema.objects import COUNT, ListOf
from dashboard.core.errors import Refusal
from events.lists import OwnEventList
from events.schemas import EVENT


class UserEvents(UserViewSet):
    @route(
        "GET",
        "events",
        query=(ACCOUNTID, *PAGING),
        returns=ListOf(EVENT),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGING_ERRORS, Refusal.EVENTID_UNKNOWN),
    )
    def events(self, request: SignedInRequest) -> HttpResponseBase:
        """What happened to one's own account, newest first; not which other account did it, and from where."""
        return listed(request, OwnEventList(own(request).accountid))

    @route("GET", "events-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def events_count(self, request: SignedInRequest) -> Answer:
        """How many events there are of one's own account."""
        return Answer(OwnEventList(own(request).accountid).count())
