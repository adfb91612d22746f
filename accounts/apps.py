from django.apps import AppConfig

from dashboard.monitoring import metrics_view


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts.gauges import DATABASE_GAUGES  # noqa: PLC0415  models can be imported only now

        metrics_view.database_gauges.extend(DATABASE_GAUGES)
