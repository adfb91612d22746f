"""App configuration of service credentials."""

from django.apps import AppConfig

from dashboard.api.access.services import register_authenticator


class ServiceCredentialsConfig(AppConfig):
    name = "service_credentials"
    verbose_name = "Service credentials"

    def ready(self) -> None:
        from service_credentials.services.authentication import authenticate  # noqa: PLC0415  needs the models

        register_authenticator(authenticate)
