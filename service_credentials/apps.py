"""App configuration of service credentials."""

from django.apps import AppConfig

from dashboard.api.access.services import register_authenticator


class ServiceCredentialsConfig(AppConfig):
    name = "service_credentials"
    verbose_name = "Service credentials"

    def ready(self) -> None:
        from events.services.recording import record_only_if  # noqa: PLC0415  needs the models
        from service_credentials.services.authentication import (  # noqa: PLC0415
            authenticate,
            credential_required_of,
        )

        register_authenticator(authenticate)
        record_only_if(self.name, credential_required_of)
