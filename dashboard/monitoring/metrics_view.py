"""The metrics for Prometheus: counters of the server's processes, and gauges that are read at each scrape."""

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import import_module
from time import monotonic

from django.apps import apps
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.module_loading import module_has_submodule
from django.views.decorators.http import require_safe
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry
from rest_framework.exceptions import NotAuthenticated

from dashboard.api.access.authentication import is_same_secret
from dashboard.api.access.refusals import METRICS_TOKEN, log_refusal
from dashboard.api.exception_handler import error_response
from dashboard.api.routing import monitor
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.monitoring import health
from dashboard.monitoring.probes import Probe
from dashboard.observability import metrics
from dashboard.observability.metrics import DatabaseGauge
from dashboard.replica.positions import state

logger = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def database_gauges() -> list[DatabaseGauge]:
    """Return the DATABASE_GAUGES of every installed app's module `gauges`."""
    modules = [
        import_module(f"{app.name}.gauges")
        for app in apps.get_app_configs()
        if app.module and module_has_submodule(app.module, "gauges")
    ]
    return [gauge for module in modules for gauge in getattr(module, "DATABASE_GAUGES", ())]


gauges_probe = Probe(lambda: [gauge.read() for gauge in database_gauges()])


class DashboardCollector(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from metrics.collect()
        yield from _collect_gauges()
        if settings.READ_DATABASE_URL:
            yield from _collect_replica()


def _collect_replica() -> Iterable[Metric]:
    """Yield what this process knows of the replica."""
    yield GaugeMetricFamily(
        "dashboard_read_database_in_use", "Whether lists are read from the replica.", float(state.is_usable)
    )
    if (lag := state.lag) is not None:
        yield GaugeMetricFamily(
            "dashboard_read_database_lag_seconds", "How old what the replica has may be, at most.", lag
        )


def _collect_gauges() -> Iterable[Metric]:
    """Yield the gauges read from the database, if it answers, and which dependencies answer."""
    deadline = monotonic() + health.TIMEOUT_SECONDS
    numbers = gauges_probe.start()
    database, cache = health.probe_dependencies(health.TIMEOUT_SECONDS)
    up = GaugeMetricFamily("dashboard_up", "Whether it answers.", labels=["dependency"])
    up.add_metric(["database"], float(database))
    up.add_metric(["cache"], float(cache))
    yield up
    try:
        found = numbers.result(max(0.0, deadline - monotonic()))
    except Exception as error:  # any error means that there are no gauges
        logger.warning("The gauges could not be read. %s: %s", type(error).__name__, error)
        return
    for gauge, number in zip(database_gauges(), found, strict=True):
        yield GaugeMetricFamily(gauge.name, gauge.description, number)


@monitor
@require_safe
def metrics_view(request: HttpRequest) -> HttpResponse:
    """GET /metrics, with PROMETHEUS_TOKEN as bearer token. If the setting is empty, there is no such route."""
    if not settings.PROMETHEUS_TOKEN:
        return error_response(DashboardError(ErrorCode.UNKNOWN_ROUTE), request)
    scheme, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not is_same_secret(token.strip(), settings.PROMETHEUS_TOKEN):
        log_refusal(METRICS_TOKEN, Actor.of(request, ActorKind.ANYBODY, None), code="sign-in-required")
        return error_response(NotAuthenticated(), request)
    registry = CollectorRegistry()
    registry.register(DashboardCollector())
    return HttpResponse(
        generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"}
    )
