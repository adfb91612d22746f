from django.apps import AppConfig

from dashboard_project import exposition


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts.figures import FIGURES  # noqa: PLC0415  models can be imported only now

        exposition.figures.extend(FIGURES)
