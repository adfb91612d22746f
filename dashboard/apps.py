from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from dashboard.db.connections import close_with_thread
from dashboard.db.lookups import teach_sqlite
from dashboard.db.postgresql import let_migrations_take_time, limit_time_again
from dashboard.observability import logging as logs


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        connection_created.connect(teach_sqlite)
        connection_created.connect(close_with_thread)
        pre_migrate.connect(let_migrations_take_time, sender=self)
        post_migrate.connect(limit_time_again, sender=self)
        request_finished.connect(logs.end)
