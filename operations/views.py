"""Route of the account export."""

from django.http.response import HttpResponseBase

from accounts.parameters import OWN_ACCOUNT_ERRORS, caller_account
from accounts.requests import SignedInRequest
from dashboard.api.access.throttling import EXPORTS
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.responses import stream_json
from dashboard.api.routing import route
from dashboard.api.viewsets import UserViewSet
from operations.account_export import export_account
from operations.schemas import ACCOUNT_EXPORT


class UserExportViewSet(UserViewSet):
    @route(
        "GET",
        "export-account",
        query=(ACCOUNTID,),
        returns=ACCOUNT_EXPORT,
        errors=OWN_ACCOUNT_ERRORS,
        rate_scope=EXPORTS,
    )
    def export_account(self, request: SignedInRequest) -> HttpResponseBase:
        """Stream everything that is stored about the caller, as one JSON document."""
        account = caller_account(request)
        response = stream_json(export_account(account))
        response["Content-Disposition"] = f'attachment; filename="{account.accountid}.json"'
        return response
