from django.apps import AppConfig

from dashboard.monitoring import metrics_view


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts.figures import FIGURES  # noqa: PLC0415  models can be imported only now

        metrics_view.figures.extend(FIGURES)
