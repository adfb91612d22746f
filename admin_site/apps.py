"""App configurations of the administrators' site."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin import apps


class AdministratorsAdminConfig(apps.SimpleAdminConfig):
    """Replace Django's default admin site, and skip the autodiscovery of other apps' admin modules."""

    default = False  # this configures django.contrib.admin, not admin_site
    default_site = "admin_site.site.AdministratorsSite"


class AdminSiteConfig(AppConfig):
    name = "admin_site"
    verbose_name = "Administrators' site"

    def ready(self) -> None:
        import_module("admin_site.admin.registry")  # imported late because it needs the models of every app
