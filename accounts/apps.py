from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        from accounts import search_triggers  # noqa: PLC0415  needs the models

        post_migrate.connect(search_triggers.restore, sender=self)
