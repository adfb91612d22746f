"""Figures on the wire."""

from dashboard_project.wire import NUMBER, TEXT, WireObject

METRIC = WireObject(
    "metric",
    always={"object": {"const": "metric"}, "appid": TEXT, "metricid": TEXT, "value": NUMBER},
    sometimes={},
    example={"object": "metric", "appid": "dashboard", "metricid": "accounts-created/2022-06", "value": 17},
)
