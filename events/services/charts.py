"""Counts of operations by day, for the administrators' home page."""

from datetime import date, datetime

from events.models import Action
from events.services.rollup import DAY, count_so_far, daily, day_of

CHARTED = (
    Action.CREATE_SESSION,
    Action.CREATE_ACCOUNT,
    Action.REFUSE_SIGN_IN,
    Action.CREATE_RESET_CODE,
    Action.RESET_ACCOUNT_PASSWORD,
)


def last_days(now: datetime, number: int = 90) -> list[date]:
    """Return the last days of UTC, the oldest first, up to today."""
    today = day_of(now)
    return [today - DAY * ago for ago in reversed(range(number))]


def happened_on(days: list[date]) -> dict[Action, list[int]]:
    """Return the counts of each operation of CHARTED on each of these consecutive days, the last of them today."""
    *past, today = days
    place = {day: number for number, day in enumerate(days)}
    figures = {action: [0] * len(days) for action in CHARTED}
    for action, day, count in daily(CHARTED, past[0], past[-1]) if past else ():
        figures[Action(action)][place[day]] += count
    so_far = count_so_far(today)
    for action in CHARTED:
        figures[action][-1] = so_far[action]
    return figures
