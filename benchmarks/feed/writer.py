"""`python -m benchmarks.feed.writer SEED EVENTS`: a process whose transactions overlap with those of others.

Each transaction locks an account, increments its counter, and writes an event with this number in its details. So the
events of an account are numbered 1, 2, 3, … in the order of their commits, whatever was rolled back.
"""

import os
import random
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402

from accounts.models import Account  # noqa: E402
from dashboard.core.actor import Actor  # noqa: E402
from events.models import Action, Event  # noqa: E402

ROLLED_BACK = 0.05
LONG = 0.01  # of the transactions take a second, while others go on


def write(chance: random.Random, accountids: list[str]) -> bool:
    """Write an event. Return whether it was committed."""
    with transaction.atomic():
        if chance.random() < 0.3:  # get a transaction id long before the lock, as after another change
            with connection.cursor() as cursor:
                cursor.execute("select pg_current_xact_id()")
            time.sleep(chance.random() * 0.02)
        account = Account.objects.select_for_update().get(pk=chance.choice(accountids))
        number = account.failed_sign_ins + 1
        Account._base_manager.filter(pk=account.pk).update(failed_sign_ins=number)
        kind = Actor.command_line().kind
        Event.objects.create(action=Action.UPDATE_PROFILE, accountid=account.pk, actor_kind=kind, details=str(number))
        time.sleep(1.0 if chance.random() < LONG else chance.random() * 0.004)
        is_rolled_back = chance.random() < ROLLED_BACK
        transaction.set_rollback(is_rolled_back)
    return not is_rolled_back


def main() -> None:
    seed, events = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)
    accountids = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    while events:
        events -= write(chance, accountids)


if __name__ == "__main__":
    main()
