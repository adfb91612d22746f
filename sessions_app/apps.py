from django.apps import AppConfig


class SessionsAppConfig(AppConfig):
    name = "sessions_app"
    verbose_name = "Sessions"

    def ready(self) -> None:
        from events.services.recording import record_only_if  # noqa: PLC0415  needs the models
        from sessions_app.services.validity import session_required_of  # noqa: PLC0415

        record_only_if(self.name, session_required_of)
