"""The route by which a service looks at its own credential."""

from rest_framework.response import Response

from dashboard.api.requests import APIRequest
from dashboard.api.routing import route
from dashboard.api.viewsets import ServiceRouteViewSet
from service_credentials.models import ServiceCredential
from service_credentials.schemas import SERVICE_CREDENTIAL


class ServiceCredentialViewSet(ServiceRouteViewSet):
    @route("GET", "credential", returns=SERVICE_CREDENTIAL)
    def credential(self, request: APIRequest) -> Response:
        """Return the credential of the request, whatever its scopes: for instance when it expires."""
        return Response(ServiceCredential.objects.get_or_refuse(request.actor.credentialid).as_json())
