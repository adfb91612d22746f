"""What happened day by day, for the home page of administrators."""

from datetime import date, datetime

from django.utils import timezone

from events.models import Action
from events.rollup import DAY, daily

CHARTED = (
    Action.CREATE_SESSION,
    Action.CREATE_ACCOUNT,
    Action.REFUSE_SIGN_IN,
    Action.CREATE_RESET_CODE,
    Action.RESET_ACCOUNT_PASSWORD,
)


def last_days(now: datetime, number: int = 90) -> list[date]:
    """The days of TIME_ZONE up to today, the oldest first."""
    today = timezone.localdate(now, timezone.get_default_timezone())
    return [today - DAY * ago for ago in reversed(range(number))]


def happened_on(days: list[date]) -> dict[Action, list[int]]:
    """How often each operation of CHARTED was done on each of these days, which follow each other, in their order."""
    place = {day: number for number, day in enumerate(days)}
    figures = {action: [0] * len(days) for action in CHARTED}
    for action, day, count in daily(CHARTED, days[0], days[-1]):
        figures[Action(action)][place[day]] += count
    return figures
