from django.apps import AppConfig


class NodeDashboardConfig(AppConfig):
    name = "node_dashboard"
    verbose_name = "Moving from the Node Dashboard"
