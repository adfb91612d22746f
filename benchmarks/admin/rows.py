"""Rows for `benchmarks.admin`: generated people, and at least a full page of every kind."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Account, Profile
from dashboard.core.actor import Actor
from events.models import Action, Event
from events.services.recording import record
from operations.demo import seeding
from operations.demo.seeding import Plan
from resetcodes.models import ResetCode

SESSIONS_EACH = 5
A_PAGE = 30


def fill(accounts: int, username: str, password: str) -> None:
    """Generate this many accounts in an empty database, and an administrator with this password."""
    administrator = Account.objects.with_username(username).first()
    if administrator is None:
        plan = Plan(accounts, SESSIONS_EACH * accounts, 0)
        administrator = seeding.create_administrator(plan, username, password, add=False)
        for _ in seeding.seed(plan, administrator.accountid, password):
            pass
    administrator.set_password(password)
    administrator.save(update_fields=["password"])
    _fill_a_page(administrator)


def _fill_a_page(administrator: Account) -> None:
    """Fill a page of each list: whatever the size of the table, a page of three rows is faster than one of 25."""
    now = timezone.now()
    kinds: list[dict[str, Any]] = [
        {"administrator_since": now},
        {"deleted_at": now + timedelta(days=3)},
        {"locked_until": now + timedelta(days=1)},
    ]
    others = list(
        Account.objects.exclude(pk=administrator.pk).order_by("pk").values_list("pk", flat=True)[: 4 * A_PAGE]
    )
    for number, changes in enumerate(kinds):
        Account.objects.filter(pk__in=others[number * A_PAGE :][:A_PAGE]).update(**changes, created_at=now)
    Profile.objects.filter(account__in=others).update(created_at=now)
    if Event.objects.of_action(Action.SET_ACCOUNT_ADMINISTRATOR).count() < A_PAGE:
        for accountid in others[:A_PAGE]:
            record(Action.SET_ACCOUNT_ADMINISTRATOR, accountid, Actor.command_line())
    if not ResetCode.objects.filter(created_at__gt=now - timedelta(hours=1)).exists():
        ResetCode.objects.bulk_create(ResetCode(account_id=pk, secret_code_hash="") for pk in others[-A_PAGE:])
