from django.apps import AppConfig
from django.contrib.admin import apps


class AdministratorsAdminConfig(apps.AdminConfig):
    """Django's admin, with our site in the place of its own."""

    default = False  # it is Django's app and not this one's
    default_site = "admin_site.site.AdministratorsSite"


class AdminSiteConfig(AppConfig):
    name = "admin_site"
    verbose_name = "Administrators' site"
