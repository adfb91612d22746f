"""Lockout: record failed sign-ins, and make only the clients that fail too often wait.

Failures with passwords are counted for each client of an account, which is a network or a browser. After
MAXIMUM_FAILED_SIGN_INS in a row a client has to wait for MIN_LOCK; each further failure doubles the time, up to
MAX_LOCK, as NIST SP 800-63B-4, 3.2.2 suggests. The failures of clients that were never let in are also counted
together: after MAXIMUM_FAILED_SIGN_INS_IN_ALL failures all of these clients wait. A client that was let in before does
not wait because of others, as in OWASP's "Slow Down Online Guessing Attacks with Device Cookies". Nor does a session:
each may submit MAXIMUM_FAILED_SIGN_INS wrong passwords within MAX_LOCK. No lock is permanent.

Failures with reset codes are counted for each network alone, and apart from passwords, so that no stranger can keep
anybody from using a valid code.

Failures are judged on the account's locked row, so that concurrent guesses get no more answers than consecutive ones.
In addition, a network with RATE_LIMIT_FAILED_SIGN_INS failures on any accounts is refused, which stops one password
from being tried on many accounts. A browser that was let in before is exempt.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from math import ceil
from typing import NoReturn

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.functional import cached_property  # functools' has a lock for all instances in Python 3.11

from accounts.models import Account, SignInClient
from accounts.services import sign_in_clients
from accounts.services.concealment import CONCEALED
from dashboard.cache.rate_limits import rate_limiter
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.db import prepared
from events.models import Action
from events.services.recording import record, times_refused, was_refused

MIN_LOCK, MAX_LOCK = timedelta(minutes=1), timedelta(hours=1)
SECOND_STEP_GUESSES, SECOND_STEP_GUESSES_IN_ALL = 10, 100  # where settings allow any number
MAX_DOUBLINGS = 10  # already beyond MAX_LOCK
FAILURES = "failed-sign-ins"
RECORDED_CODES = frozenset(
    {
        ErrorCode.USERNAME_UNKNOWN,
        ErrorCode.USERNAME_NOT_OWN,
        ErrorCode.PASSWORD_WRONG,
        ErrorCode.RESET_CODE_WRONG,
        ErrorCode.SECOND_FACTOR_WRONG,
        ErrorCode.ACCOUNT_LOCKED,
        ErrorCode.SIGN_IN_DELETION_SCHEDULED,
        ErrorCode.SIGN_IN_NOT_ADMINISTRATOR,
        ErrorCode.DELETION_SCHEDULED,
    }
)
GUESSES = frozenset({ErrorCode.PASSWORD_WRONG, ErrorCode.RESET_CODE_WRONG, ErrorCode.SECOND_FACTOR_WRONG})
RATE_LIMITED_CODES = frozenset({ErrorCode.ACCOUNT_LOCKED, ErrorCode.DELETION_SCHEDULED, ErrorCode.USERNAME_NOT_OWN})


class Lockout:
    """The lockout of an account, for one actor who tries to prove with a password that it is theirs."""

    def __init__(self, account: Account, actor: Actor) -> None:
        self.account, self.actor = account, actor

    def check(self) -> None:
        """Raise account-locked (429) while the actor has to wait."""
        now = timezone.now()
        if until := self._waits_until(now):
            raise DashboardError(ErrorCode.ACCOUNT_LOCKED, retry_after=ceil((until - now).total_seconds()))

    def check_before_hashing(self) -> None:
        """As `check`, but first raise too-many-requests (429) where the actor's network has failed too often.

        In this order, because an unknown username has no lockout, and must not be told from one that waits.
        """
        if not self._is_own and not self._client.is_trusted_browser:
            check_network(self.actor)
        with self.recording():
            self.check()

    def fail(self, error_code: ErrorCode) -> NoReturn:
        """Count and record a wrong password or reset code, and raise its error.

        Raises account-locked (429) instead where concurrent failures have locked the actor out meanwhile.
        """
        self._count_for_network(error_code)
        with self._recording(), transaction.atomic():
            if locked := Account.objects.find_for_update(self.account.pk):
                type(self)(locked, self.actor)._fail_on_locked_row(error_code)
        raise DashboardError(error_code)

    def admit(self) -> None:
        """Count an attempt before its secret is looked at, on a row that is locked in the database.

        Concurrent attempts then get no more answers than MAXIMUM_FAILED_SIGN_INS allows, not even through timing.
        `clear` the count if the attempt succeeds. What has no limit is not counted: the second step has limits in any
        case, and strangers could otherwise use them up with wrong passwords. Raises account-locked (429).
        """
        self.check()
        if self._limit and not self._is_own:
            self._count()

    def clear(self) -> None:
        """Let the actor in: forget their failures and trust their clients.

        The account's row must be locked, and this object have been made since.
        """
        self._clear_account()
        if self._limit and not self._is_own:
            sign_in_clients.trust(self.account, self.actor, self._clients)

    def clear_after_first_step(self) -> None:
        """Do what `clear` does, unless a second step follows: a password must not reset the count of guesses at it.

        Within a session, that step has been taken already.
        """
        if self.account.second_factor_since is None or self._is_own:
            self.clear()

    def unlock(self) -> None:
        """Forget the failures of everybody. The account's row must be locked."""
        prepared.execute(self.pending_unlock())

    def pending_unlock(self) -> prepared.BulkChange:
        """Do what `unlock` does to the account, and build the rest, for `prepared.execute_together`."""
        self._clear_account()
        return sign_in_clients.pending_forgetting(self.account)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Count and record the error of the block if it is one of a sign-in.

        Transactions belong inside, to be rolled back.
        """
        try:
            with self._recording():
                yield
        except DashboardError as error:
            self._count_for_network(error.error_code)
            raise

    @contextmanager
    def _recording(self) -> Iterator[None]:
        """Record the error of the block if it is in RECORDED_CODES. Its network has been counted already."""
        try:
            yield
        except DashboardError as error:
            if error.error_code in RECORDED_CODES:
                self._record(error.error_code)
            raise

    @cached_property
    def _clients(self) -> dict[str, SignInClient]:
        """The actor's clients that the account knows, by name."""
        return sign_in_clients.clients_of(self.account, self.actor)

    @cached_property
    def _client(self) -> SignInClient:
        """The client whose failures count: a trusted one, else the network, which may have no row yet."""
        return sign_in_clients.judged_client(self.account, self.actor, self._clients)

    @property
    def _is_own(self) -> bool:
        """Return whether the actor is signed in to this account."""
        return bool(self.actor.sessionid) and self.actor.accountid == str(self.account.accountid)

    @property
    def _limit(self) -> int:
        """The number of consecutive failures allowed to a client; 0 means no limit."""
        limit: int = settings.MAXIMUM_FAILED_SIGN_INS
        return limit

    @property
    def _limit_in_all(self) -> int:
        return settings.MAXIMUM_FAILED_SIGN_INS_IN_ALL if self._limit else 0

    def _clear_account(self) -> None:
        if self.account.failed_sign_ins or self.account.locked_until:
            self.account.failed_sign_ins, self.account.locked_until = 0, None
            self.account.save_fields("failed_sign_ins", "locked_until")

    def _fail_on_locked_row(self, error_code: ErrorCode) -> None:
        self.admit()
        self._record(error_code)

    def _count(self) -> None:
        client = self._client
        _add_failure(client, self._limit)
        client.last_seen_at = timezone.now()
        client.save()
        if self._limit_in_all and not client.is_trusted:
            self._count_in_all()

    def _count_in_all(self) -> None:
        _add_failure(self.account, self._limit_in_all)
        self.account.save_fields("failed_sign_ins", "locked_until")

    def _waits_until(self, now: datetime) -> datetime | None:
        """Return when the actor may try again, or None for now."""
        if not self._limit:
            return None
        if self._is_own:
            return self._session_waits_until(now)
        locks = [self._client.locked_until, None if self._client.is_trusted else self.account.locked_until]
        return max((until for until in locks if until and until > now), default=None)

    def _session_waits_until(self, now: datetime) -> datetime | None:
        limit = settings.MAXIMUM_FAILED_SIGN_INS
        accountid, sessionid, since = self.account.accountid, self.actor.sessionid, now - MAX_LOCK
        failures = times_refused(accountid, sessionid, ErrorCode.PASSWORD_WRONG, since=since, most=limit)
        return failures[-1] + MAX_LOCK if len(failures) == limit else None

    def _count_for_network(self, error_code: ErrorCode) -> None:
        """Count a wrong password or code of the actor's network. This calls Redis: never do it with a row locked.

        With HIDE_ACCOUNT_EXISTENCE, count whatever is answered as if it were one.
        """
        counted = GUESSES | CONCEALED if settings.HIDE_ACCOUNT_EXISTENCE else GUESSES
        if error_code in counted and not self._is_own:
            count_network(self.actor)

    def _record(self, error_code: ErrorCode) -> None:
        """Record a failure. Those that cost no password hash are recorded at most once in MIN_LOCK.

        Otherwise they could flood the event table.
        """
        accountid = self.account.accountid
        if error_code in RATE_LIMITED_CODES and was_refused(accountid, error_code, timezone.now() - MIN_LOCK):
            return
        sessionid = self.actor.sessionid if self._is_own else ""
        record(Action.REFUSE_SIGN_IN, accountid, self.actor, sessionid, refusal=error_code.code)


class ResetCodeLockout(Lockout):
    """As `Lockout`, for an actor who tries to prove with a reset code that an account is theirs."""

    @cached_property
    def _client(self) -> SignInClient:
        return sign_in_clients.client_with_codes(self.account, self.actor)

    def clear(self) -> None:
        """Let the actor in if the account has no second factor; forget their wrong codes in either case."""
        if self.account.second_factor_since is None:
            super().clear()
        self._client.forget_failures()

    @property
    def _is_own(self) -> bool:
        return False  # a session does not make a guess at a code any better

    def _waits_until(self, now: datetime) -> datetime | None:
        until = self._client.locked_until
        return until if settings.MAXIMUM_FAILED_SIGN_INS and until and until > now else None

    def _count_in_all(self) -> None:
        """Do nothing: a stranger must not be able to keep anybody from using a code."""


class SecondStepLockout(Lockout):
    """As `Lockout`, for an actor who has proven the password and takes the second step.

    Wrong codes and wrong passwords of a client are counted together. `admit` counts each attempt before its code is
    checked, and a success takes that count back, even for an unknown network. Six digits can be guessed, so there is a
    limit even where MAXIMUM_FAILED_SIGN_INS=0 disables the lockout of passwords (NIST SP 800-63B-4, section 3.2.2).
    """

    @property
    def _limit(self) -> int:
        return super()._limit or SECOND_STEP_GUESSES

    @property
    def _limit_in_all(self) -> int:
        return super()._limit_in_all or SECOND_STEP_GUESSES_IN_ALL

    def clear(self) -> None:
        super().clear()
        self._client.forget_failures()


def _add_failure(row: Account | SignInClient, limit: int) -> None:
    """Count a failure. From `limit` on, each one doubles the waiting time."""
    row.failed_sign_ins += 1
    excess = row.failed_sign_ins - limit
    if excess >= 0:
        row.locked_until = timezone.now() + min(MIN_LOCK * 2 ** min(excess, MAX_DOUBLINGS), MAX_LOCK)


def check_network(actor: Actor) -> None:
    """Raise too-many-requests (429) where the actor's network has failed too often, on whatever accounts."""
    if settings.RATE_LIMITS and actor.network:
        exceeded = rate_limiter.reached(FAILURES, settings.RATE_LIMIT_FAILED_SIGN_INS, actor.network)
        if exceeded:
            raise exceeded.error()


def count_network(actor: Actor) -> None:
    """Count a failure of the actor's network."""
    if settings.RATE_LIMITS and actor.network:
        rate_limiter.hit(FAILURES, settings.RATE_LIMIT_FAILED_SIGN_INS, actor.network)


def refuse_unknown_username(actor: Actor) -> NoReturn:
    """Count and record that no account has the username, which is not stored, and raise invalid-username (401).

    Hash a password before calling this, so that neither the time of the answer nor the rate of attempts differs from
    those of a wrong password. One event stands for all attempts of a network within a minute, so that a stranger cannot
    fill the table; the metric of refusals counts each attempt.
    """
    count_network(actor)
    if not (
        rate_limiter.hit("unknown-username", "1/minute", actor.network)
        or rate_limiter.hit("unknown-username-in-all", "60/minute", "")
    ):
        record(Action.REFUSE_SIGN_IN, "", actor, refusal=ErrorCode.USERNAME_UNKNOWN.code)
    raise DashboardError(ErrorCode.USERNAME_UNKNOWN)
