"""Guarding against guesses: whoever does not prove who they are is written down, and after too many tries has to wait.

After MAXIMUM_FAILED_SIGN_INS wrong passwords or reset codes in a row, an account is locked for a minute; every further
one after that doubles the time, up to an hour, until somebody is let in or an administrator unlocks it. That is the
waiting time of NIST SP 800-63B, 5.2.2, "increasing up to an hour"; there is no lock for ever, with which strangers
could keep out whom they like (OWASP Authentication Cheat Sheet, Account Lockout).

What strangers try does not lock out those who are signed in: from an account's own sessions, as many wrong passwords
are taken within an hour, counted by themselves.

All of this is judged on the locked row, so that of many guesses at once no more have an answer than one after another.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import ceil
from typing import NoReturn

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Account
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action
from events.services.recording import record, times_refused, was_refused

SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
RECORDED = frozenset(
    {
        ErrorCode.USERNAME_UNKNOWN,
        ErrorCode.USERNAME_NOT_OWN,
        ErrorCode.PASSWORD_WRONG,
        ErrorCode.RESET_CODE_WRONG,
        ErrorCode.ACCOUNT_LOCKED,
        ErrorCode.SIGN_IN_DELETION_SCHEDULED,
        ErrorCode.SIGN_IN_NOT_ADMINISTRATOR,
        ErrorCode.DELETION_SCHEDULED,
    }
)
CHEAP = frozenset({ErrorCode.ACCOUNT_LOCKED, ErrorCode.DELETION_SCHEDULED, ErrorCode.USERNAME_NOT_OWN})


@contextmanager
def record_failures(account: Account | None, actor: Actor) -> Iterator[None]:
    """Write down why somebody was not let in, after what they tried is undone. No account: its name is unknown."""
    try:
        yield
    except DashboardError as error:
        if error.error_code in RECORDED:
            _record(error.error_code, account, actor)
        raise


def refuse_locked_out(account: Account, actor: Actor) -> None:
    """Raises account-locked (429) while nobody who is this actor may try to prove that the account is theirs."""
    now = timezone.now()
    until = _locked_until(account, actor, now)
    if until and until > now:
        raise DashboardError(ErrorCode.ACCOUNT_LOCKED, retry_after=ceil((until - now).total_seconds()))


def refuse_guess(refusal: ErrorCode, account: Account, actor: Actor) -> NoReturn:
    """Raises this refusal of a wrong password or code, and counts it; account-locked (429) where others were faster."""
    with record_failures(account, actor), transaction.atomic():
        locked = Account.objects.find_for_update(account.pk)
        if locked:
            refuse_locked_out(locked, actor)
            if not _is_own(locked, actor):
                _count(locked)
            _record(refusal, account, actor)
    raise DashboardError(refusal)


def clear_failures(account: Account) -> None:
    """Forget the wrong guesses at an account, whose row is locked: its lock ends."""
    if account.failed_sign_ins or account.locked_until:
        account.failed_sign_ins, account.locked_until = 0, None
        account.save_fields("failed_sign_ins", "locked_until")


def _count(account: Account) -> None:
    account.failed_sign_ins += 1
    too_many = account.failed_sign_ins - settings.MAXIMUM_FAILED_SIGN_INS
    if settings.MAXIMUM_FAILED_SIGN_INS and too_many >= 0:
        account.locked_until = timezone.now() + min(SHORTEST * 2 ** min(too_many, 10), LONGEST)
    account.save_fields("failed_sign_ins", "locked_until")


def _locked_until(account: Account, actor: Actor, now: datetime) -> datetime | None:
    most = settings.MAXIMUM_FAILED_SIGN_INS
    if not most:
        return None
    if not _is_own(account, actor):
        return account.locked_until
    times = times_refused(account.accountid, ErrorCode.PASSWORD_WRONG, since=now - LONGEST, most=most)
    return times[-1] + LONGEST if len(times) == most else None


def _is_own(account: Account, actor: Actor) -> bool:
    """Whether it is somebody who is signed in to this account."""
    return actor.accountid == str(account.accountid)


def _record(refusal: ErrorCode, account: Account | None, actor: Actor) -> None:
    """What costs us no hash is written once a minute, not at every request: nobody fills the table with it."""
    if refusal in CHEAP and account and was_refused(account.accountid, refusal, timezone.now() - SHORTEST):
        return
    record(Action.REFUSE_SIGN_IN, account.accountid if account else "", actor, refusal=refusal.code)
