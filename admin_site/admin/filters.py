"""Filters that several lists share."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.admin import ListFilter, SimpleListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from dashboard.models import ID_PATTERN

CREATED_PARAMETERS = ("created", "since", "until")
SUPPORTED_YEARS = range(1970, 9000)  # midnight of these days is a valid time in UTC, whatever TIME_ZONE is


class ExplainedFilter(SimpleListFilter):
    """A filter with a sentence about itself, and one about each choice that needs it, by the choice's value."""

    template = "admin_site/filter.html"
    help_text = ""
    explanations: ClassVar[dict[str, str]] = {}

    def choices(self, changelist: Any) -> Iterator[Any]:
        values = ["", *(str(value) for value, _ in self.lookup_choices)]
        for value, choice in zip(values, super().choices(changelist), strict=True):
            yield {**choice, "explanation": self.explanations.get(value, "")}


class AccountFilter(ExplainedFilter):
    """Limit a list to the rows of one account. Account pages link to it, so the list itself offers no choices."""

    title = "account"
    help_text = "Only what belongs to this account. The links on an account's page set this filter."
    parameter_name = "accountid"
    column = "account"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        accountid = request.GET.get(self.parameter_name)
        return [(accountid, accountid)] if accountid else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        accountid = self.value()
        if not accountid:
            return queryset
        return queryset.filter(**{self.column: accountid}) if ID_PATTERN.fullmatch(accountid) else queryset.none()


class CreatedRecentlyFilter(ExplainedFilter):
    """Limit a list to rows that were created in the last 1, 7 or 30 days."""

    title = "time created"
    help_text = "Counted back from now."
    parameter_name = "created"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("1", "In the last 24 hours"), ("7", "In the last 7 days"), ("30", "In the last 30 days")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = dict(self.lookup_choices).keys() & {self.value()}
        return queryset.filter(created_at__gte=timezone.now() - timedelta(days=int(days.pop()))) if days else queryset


class CreatedBetweenFilter(ListFilter):
    """Limit a list to rows created from one day to another, both included, in TIME_ZONE. Ignore invalid days.

    The theme's RangeDateFilter leaves out the last day, fails on the year 1, and drops the other filters when applied.
    """

    title = "day created"
    help_text = f"Both days included. Days begin at midnight in {settings.TIME_ZONE}."
    parameter_name = ("since", "until")
    template = "admin_site/date_range_filter.html"

    def __init__(self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        self.given = {name: params.pop(name, [""])[-1] for name in self.parameter_name}
        self.used_parameters = {name: value for name, value in self.given.items() if _midnight(value)}

    def has_output(self) -> bool:
        return True

    def expected_parameters(self) -> list[str | None]:
        return list(self.parameter_name)

    def choices(self, changelist: Any) -> Iterator[dict[str, Any]]:
        others = [(name, value) for name, value in changelist.params.items() if name not in self.parameter_name]
        yield {**self.given, "others": others, "zone": timezone.get_current_timezone_name()}

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since, until = (_midnight(self.given[name]) for name in self.parameter_name)
        if since:
            queryset = queryset.filter(created_at__gte=since)
        if until:
            queryset = queryset.filter(created_at__lt=until + timedelta(days=1))
        return queryset


def _midnight(text: str) -> datetime | None:
    """Return the start of a day in TIME_ZONE, or None if the text is no ISO date of SUPPORTED_YEARS."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return timezone.make_aware(datetime.combine(day, time.min)) if day.year in SUPPORTED_YEARS else None
