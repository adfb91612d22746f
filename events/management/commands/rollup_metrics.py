"""`manage.py rollup_metrics`: sums the events of past days, by an operator or a timer."""

from typing import Any

from django.utils import timezone

from dashboard.cli.commands import OperatorCommand, Result, counted
from events.services.rollup import days_to_sum, rollup_metrics


class Command(OperatorCommand):
    help = "Sum the events of each day that is over, once, so that figures of years need not count them."

    def perform(self, *args: Any, **options: Any) -> Result:
        now = timezone.now()
        summed = self.run_in_batches((1 for _ in rollup_metrics(now)), len(days_to_sum(now)), "day", "summed")
        return Result(f"{counted(summed, 'day')} summed", {"days": summed})
