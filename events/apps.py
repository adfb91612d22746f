"""App configuration of events."""

from django.apps import AppConfig

from dashboard.api.access.refusals import access_refused


class EventsConfig(AppConfig):
    name = "events"
    verbose_name = "Events"

    def ready(self) -> None:
        from events.services.bursts import record_refused_access  # noqa: PLC0415  needs the models

        access_refused.connect(record_refused_access, dispatch_uid="events")
