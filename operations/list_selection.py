"""Which rows of a list an operator exports, by the same conditions as the filters of the administrators' site."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from accounts.services.search import search_accounts
from dashboard.cli.errors import Failed
from operations.list_export import EXPORTS

MATCHES_LIMIT = 10_000
STATES: dict[str, dict[str, Callable[[Any], Any]]] = {
    "accounts": {
        "locked": lambda rows: rows.locked_out(timezone.now()),
        "scheduled": lambda rows: rows.deleted(),
        "administrators": lambda rows: rows.administrators(),
    },
    "sessions": {"active": lambda rows: rows.active(timezone.now())},
}


@dataclass(frozen=True)
class Selection:
    """Conditions for the rows of a list. An empty one selects all. `since` and `until` are days in TIME_ZONE."""

    state: str = ""
    search: str = ""
    since: date | None = None
    until: date | None = None

    def rows(self, name: str, warn: Callable[[str], object]) -> Any:
        """Return the rows of a list. Raises Failed for a state that the list does not have.

        Call `warn` with a sentence if there may be accounts that match the search, but are not among those found.
        """
        rows = EXPORTS[name].model.objects.all()
        if self.state:
            if self.state not in STATES.get(name, {}):
                raise Failed(f"{name} have no state {self.state!r}.")
            rows = STATES[name][self.state](rows)
        if self.since:
            rows = rows.filter(created_at__gte=_midnight(self.since))
        if self.until:
            rows = rows.filter(created_at__lt=_midnight(self.until + timedelta(days=1)))
        return self._found(name, rows, warn) if self.search else rows

    def __str__(self) -> str:
        parts = [f"{name}={value}" for name, value in vars(self).items() if value and name != "search"]
        return ", ".join([*parts, *(["matches of a search"] if self.search else [])])

    def _found(self, name: str, rows: Any, warn: Callable[[str], object]) -> Any:
        matches = search_accounts(self.search, limit=MATCHES_LIMIT)
        if not matches.is_complete:
            warn("The search may match more accounts than are exported. Search for more of a name or an address.")
        column = {"accounts": "pk", "events": "accountid"}.get(name, "account")
        return rows.filter(**{f"{column}__in": matches.accountids})


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
