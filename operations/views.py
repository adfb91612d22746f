"""The route of what is held about oneself."""

from django.http.response import HttpResponseBase

from accounts.inputs import OWN_ACCOUNT_ERRORS, own
from accounts.requests import SignedInRequest
from dashboard.api.parameters import ACCOUNTID
from dashboard.api.responses import streamed
from dashboard.api.routing import UserViewSet, route
from operations.export import export_account
from operations.schemas import ACCOUNT_EXPORT


class UserExport(UserViewSet):
    @route("GET", "export-account", query=(ACCOUNTID,), returns=ACCOUNT_EXPORT, errors=OWN_ACCOUNT_ERRORS)
    def export_account(self, request: SignedInRequest) -> HttpResponseBase:
        """Everything that is held about oneself, as one document, streamed."""
        account = own(request)
        response = streamed(export_account(account))
        response["Content-Disposition"] = f'attachment; filename="{account.accountid}.json"'
        return response
