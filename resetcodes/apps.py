from django.apps import AppConfig


class ResetcodesConfig(AppConfig):
    name = "resetcodes"
    verbose_name = "Reset codes"
