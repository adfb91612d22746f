from django.apps import AppConfig


class DashboardProjectConfig(AppConfig):
    name = "dashboard_project"
    verbose_name = "Dashboard project"
