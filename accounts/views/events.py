"""Event routes for signed-in accounts."""

from django.http.response import HttpResponseBase
from rest_framework.response import Response

from accounts.parameters import OWN_ACCOUNT_ERRORS, caller_account
from accounts.requests import SignedInRequest
from dashboard.api.pagination import PAGINATION_ERRORS, PAGINATION_PARAMETERS
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.routing import route
from dashboard.api.schema.objects import COUNT, ListOf
from dashboard.api.viewsets import UserViewSet
from dashboard.core.errors import ErrorCode
from events.listing import OwnEventList
from events.schemas import EVENT


class UserEventViewSet(UserViewSet):
    @route(
        "GET",
        "events",
        query=(ACCOUNTID, *PAGINATION_PARAMETERS),
        returns=ListOf(EVENT),
        errors=(*OWN_ACCOUNT_ERRORS, *PAGINATION_ERRORS, ErrorCode.EVENTID_UNKNOWN),
    )
    def events(self, request: SignedInRequest) -> HttpResponseBase:
        """List the events of the caller's account, newest first, without the id and address of other accounts."""
        return self.list_response(OwnEventList(caller_account(request).accountid))

    @route("GET", "events-count", query=(ACCOUNTID,), returns=COUNT, errors=OWN_ACCOUNT_ERRORS)
    def events_count(self, request: SignedInRequest) -> Response:
        """Count the events of the caller's account."""
        return Response(OwnEventList(caller_account(request).accountid).count())
