"""Parameters of the routes of events and metrics."""

from dashboard.api.parameters import QueryParameter
from events.services.metric_keys import METRIC_KEY

ACTION_FILTER = QueryParameter(
    "action",
    "Only events of this operation, by the name of its route. If it is empty, all; if it is unknown, none.",
    lambda: {"type": "string"},
    required=False,
)
METRIC_KEYS = QueryParameter(
    "keys",
    "The metrics, separated by commas: name/total, name/YYYY, name/YYYY-MM or name/YYYY-MM-DD.",
    lambda: {"type": "string", "pattern": f"^{METRIC_KEY}(,{METRIC_KEY})*$"},
)
