"""Samples of /metrics."""

from prometheus_client.parser import text_string_to_metric_families

TOKEN = "a token of Prometheus"
REQUESTS = "dashboard_request_duration_seconds_count"

Samples = dict[tuple[str, tuple[str, ...]], float]


def samples(text: str) -> Samples:
    """Return the value of each sample, by its name and its label values in the order of the label names."""
    return {
        (sample.name, tuple(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
