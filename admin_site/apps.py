from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps


class AdministratorsAdminConfig(apps.SimpleAdminConfig):
    """Django's admin, with our site in the place of its own, and none of what other apps would register there."""

    default = False  # it is Django's app and not this one's
    default_site = "admin_site.site.AdministratorsSite"


class AdminSiteConfig(AppConfig):
    name = "admin_site"
    verbose_name = "Administrators' site"

    def ready(self) -> None:
        import_module("admin_site.admin.registry")  # which needs every app's models
