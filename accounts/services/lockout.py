"""Account lockout: record failed sign-ins, and make an account wait after too many of them.

After MAXIMUM_FAILED_SIGN_INS wrong passwords or reset codes in a row an account is locked for MIN_LOCK. Each further
failure after that doubles the time, up to MAX_LOCK, until a sign-in succeeds or an administrator unlocks the account.
That is the waiting time of NIST SP 800-63B, 5.2.2, "increasing up to an hour". No lock is permanent, because strangers
could keep out whom they like with it (OWASP Authentication Cheat Sheet, Account Lockout).

Strangers' failures do not lock out those who are signed in: wrong passwords from an account's own sessions are counted
separately, with as many allowed within MAX_LOCK.

Failures are judged on the locked row, so that concurrent guesses get no more answers than consecutive ones.
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

MIN_LOCK, MAX_LOCK = timedelta(minutes=1), timedelta(hours=1)
MAX_DOUBLINGS = 10  # already beyond MAX_LOCK
RECORDED_CODES = frozenset(
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
RATE_LIMITED_CODES = frozenset({ErrorCode.ACCOUNT_LOCKED, ErrorCode.DELETION_SCHEDULED, ErrorCode.USERNAME_NOT_OWN})


class Lockout:
    """The lockout of an account, for one actor who tries to prove that it is theirs."""

    def __init__(self, account: Account, actor: Actor) -> None:
        self.account, self.actor = account, actor

    def check(self) -> None:
        """Raise account-locked (429) while the actor has to wait."""
        now = timezone.now()
        if until := self._waits_until(now):
            raise DashboardError(ErrorCode.ACCOUNT_LOCKED, retry_after=ceil((until - now).total_seconds()))

    def fail(self, error_code: ErrorCode) -> NoReturn:
        """Count and record a wrong password or reset code, and raise its error.

        Raises account-locked (429) instead where concurrent failures have locked the account meanwhile.
        """
        with self.recording(), transaction.atomic():
            if locked := Account.objects.find_for_update(self.account.pk):
                Lockout(locked, self.actor)._fail_on_locked_row(error_code)
        raise DashboardError(error_code)

    def admit(self) -> None:
        """Count an attempt before its secret is looked at, on a row that is locked in the database.

        So no number of concurrent attempts gets more answers than MAXIMUM_FAILED_SIGN_INS allows, not even by their
        timing. `clear` the count if the attempt succeeds. Raises account-locked (429).
        """
        self.check()
        if not self._is_own:
            self._count()

    def clear(self) -> None:
        """Forget the failures and end the lock. The account's row must be locked in the database."""
        if self.account.failed_sign_ins or self.account.locked_until:
            self.account.failed_sign_ins, self.account.locked_until = 0, None
            self.account.save_fields("failed_sign_ins", "locked_until")

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Record the error of the block if it is in RECORDED_CODES. Transactions belong inside, to be rolled back."""
        try:
            yield
        except DashboardError as error:
            if error.error_code in RECORDED_CODES:
                self._record(error.error_code)
            raise

    def _fail_on_locked_row(self, error_code: ErrorCode) -> None:
        self.admit()
        self._record(error_code)

    def _count(self) -> None:
        self.account.failed_sign_ins += 1
        excess = self.account.failed_sign_ins - settings.MAXIMUM_FAILED_SIGN_INS
        if settings.MAXIMUM_FAILED_SIGN_INS and excess >= 0:
            self.account.locked_until = timezone.now() + min(MIN_LOCK * 2 ** min(excess, MAX_DOUBLINGS), MAX_LOCK)
        self.account.save_fields("failed_sign_ins", "locked_until")

    def _waits_until(self, now: datetime) -> datetime | None:
        """Return when the actor may try again, or None for now."""
        limit = settings.MAXIMUM_FAILED_SIGN_INS
        if not limit:
            return None
        if not self._is_own:
            return self.account.locked_until if self.account.is_locked(now) else None
        since = now - MAX_LOCK
        failures = times_refused(self.account.accountid, ErrorCode.PASSWORD_WRONG, since=since, most=limit)
        return failures[-1] + MAX_LOCK if len(failures) == limit else None

    @property
    def _is_own(self) -> bool:
        """Return whether the actor is signed in to this account."""
        return self.actor.accountid == str(self.account.accountid)

    def _record(self, error_code: ErrorCode) -> None:
        """Record a failure. Those that cost no password hash are recorded at most once in MIN_LOCK.

        Otherwise they could flood the event table.
        """
        accountid = self.account.accountid
        if error_code in RATE_LIMITED_CODES and was_refused(accountid, error_code, timezone.now() - MIN_LOCK):
            return
        record(Action.REFUSE_SIGN_IN, accountid, self.actor, refusal=error_code.code)


def refuse_unknown_username(actor: Actor) -> NoReturn:
    """Record that no account has the username, which is not stored, and raise invalid-username (401).

    Hash a password before, so that neither the time of the answer nor the rate of attempts differs from a wrong
    password's.
    """
    record(Action.REFUSE_SIGN_IN, "", actor, refusal=ErrorCode.USERNAME_UNKNOWN.code)
    raise DashboardError(ErrorCode.USERNAME_UNKNOWN)
