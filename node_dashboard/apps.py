from django.apps import AppConfig


class NodeDashboardConfig(AppConfig):
    name = "node_dashboard"
    verbose_name = "Migration from the Node Dashboard"
