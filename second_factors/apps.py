from django.apps import AppConfig


class SecondFactorsConfig(AppConfig):
    name = "second_factors"
    verbose_name = "Second factors"
