from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.backends.signals import connection_created

from dashboard_project import logs
from dashboard_project.lookups import teach_sqlite
from dashboard_project.postgresql import use_time_loader


class DashboardProjectConfig(AppConfig):
    name = "dashboard_project"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        connection_created.connect(use_time_loader)
        connection_created.connect(teach_sqlite)
        request_finished.connect(logs.end)
