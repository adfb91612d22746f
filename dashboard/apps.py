from django.apps import AppConfig
from django.core.signals import request_finished
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate, pre_migrate

from dashboard.core.cookies import decode_in_linear_time
from dashboard.db.connections import close_on_thread_exit
from dashboard.db.lookups import register_sqlite_functions
from dashboard.db.postgresql import disable_statement_timeout, restore_statement_timeout
from dashboard.observability import logging as logs


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = "Dashboard"

    def ready(self) -> None:
        from dashboard import checks  # noqa: F401, PLC0415  registers them

        decode_in_linear_time()
        connection_created.connect(register_sqlite_functions)
        connection_created.connect(close_on_thread_exit)
        pre_migrate.connect(disable_statement_timeout, sender=self)
        post_migrate.connect(restore_statement_timeout, sender=self)
        request_finished.connect(logs.unbind_request)
