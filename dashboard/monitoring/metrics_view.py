"""What Prometheus is told: what the server's processes have counted, and what is looked up at that moment."""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import monotonic

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry
from rest_framework.exceptions import NotAuthenticated

from dashboard.api.authentication import is_same_secret
from dashboard.api.exception_handler import answer
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.monitoring import health
from dashboard.monitoring.probes import Probe
from dashboard.observability import metrics

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DatabaseGauge:
    """A number that an app looks up in the database when it is asked: by one query, which is cheap at any size."""

    name: str
    meaning: str
    read: Callable[[], int]


database_gauges: list[DatabaseGauge] = []  # apps add theirs when they are ready

gauges_probe = Probe(lambda: [figure.read() for figure in database_gauges])


class DashboardCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from metrics.collect()
        yield from _collect_gauges()


def _collect_gauges() -> Iterable[Metric]:
    """Yield the gauges read from the database, if it answers, and which dependencies answer."""
    deadline = monotonic() + health.TIMEOUT_SECONDS
    numbers = gauges_probe.start()
    up = GaugeMetricFamily("dashboard_up", "Whether it answers.", labels=["dependency"])
    for dependency, answers in zip(
        ("database", "cache"), health.probe_dependencies(health.TIMEOUT_SECONDS), strict=True
    ):
        up.add_metric([dependency], float(answers))
    yield up
    try:
        found = numbers.result(max(0.0, deadline - monotonic()))
    except Exception as error:  # whatever it is, there are no database_gauges
        logger.warning("The database_gauges could not be read. %s: %s", type(error).__name__, error)
        return
    for figure, number in zip(database_gauges, found, strict=True):
        yield GaugeMetricFamily(figure.name, figure.meaning, number)


@require_safe
def metrics_view(request: HttpRequest) -> HttpResponse:
    """GET /metrics, for whoever knows PROMETHEUS_TOKEN. Where that is not set, there is no such route."""
    if not settings.PROMETHEUS_TOKEN:
        return answer(DashboardError(ErrorCode.UNKNOWN_ROUTE), request)
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not is_same_secret(token.strip(), settings.PROMETHEUS_TOKEN):
        logger.warning("Refused: database_gauges, without PROMETHEUS_TOKEN")
        return answer(NotAuthenticated(), request)
    registry = CollectorRegistry()
    registry.register(DashboardCollector())
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"}
    )
