"""`manage.py rollup_metrics`: sums the events of past days, by an operator or a timer."""

from typing import Any

from django.utils import timezone

from dashboard_project.commands import INTERRUPTED, Failed, OperatorCommand, Outcome
from events.rollup import days_to_sum, rollup_metrics


class Command(OperatorCommand):
    help = "Sum the events of each day that is over, once, so that figures of years need not count them."

    def perform(self, *args: Any, **options: Any) -> Outcome:
        now, summed = timezone.now(), 0
        try:
            with self.progress() as progress:
                task = progress.add_task("Summing days", total=len(days_to_sum(now)))
                for _ in rollup_metrics(now):
                    summed += 1
                    progress.update(task, completed=summed)
        except KeyboardInterrupt:
            said = f"Interrupted: {_days(summed)} summed; run it again for the rest."
            raise Failed(said, returncode=INTERRUPTED) from None
        return Outcome(f"{_days(summed)} summed", {"days": summed})


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count:,} days"
