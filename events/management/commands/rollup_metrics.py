"""`manage.py rollup_metrics`: compute the daily sums of past events."""

from typing import Any

from django.utils import timezone

from dashboard.cli.commands import OperatorCommand, Result
from dashboard.cli.formatting import counted
from events.services.rollup import days_to_sum, rollup_metrics


class Command(OperatorCommand):
    help = "Sum the events of each completed day once, so that metrics need not count them again."

    def perform(self, *args: Any, **options: Any) -> Result:
        now = timezone.now()
        summed = self.run_in_batches((1 for _ in rollup_metrics(now)), len(days_to_sum(now)), "day", "summed")
        return Result(f"{counted(summed, 'day')} summed", {"days": summed})
