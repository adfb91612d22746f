"""Routes of figures."""

from rest_framework.request import Request

from dashboard_project.errors import Refusal
from dashboard_project.inputs import KEYS
from dashboard_project.routes import AdministratorViewSet, route
from dashboard_project.wire import Answer, ListOf
from events.metrics import metric_keys
from events.schemas import METRIC


class AdministratorMetrics(AdministratorViewSet):
    @route(
        "GET",
        "metric-keys",
        query=(KEYS,),
        returns=ListOf(METRIC),
        errors=(Refusal.KEYS_MISSING, Refusal.KEY_FORM),
    )
    def metric_keys(self, request: Request) -> Answer:
        """Figures: how many accounts, sessions, codes, in total, in a year, in a month or on a day."""
        return Answer(metric_keys(KEYS.of(request)))
