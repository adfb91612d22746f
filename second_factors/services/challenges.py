"""Challenges: a sign-in with the right password gets one, and completes it with a second factor.

A challenge allows ATTEMPTS guesses within LIFETIME. Guesses are also counted together with wrong passwords, for the
account and for each client, and a right password does not clear that count: see `SecondStepLockout`.
"""

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from accounts.models import Account
from accounts.services.lockout import SecondStepLockout
from accounts.validation import require
from dashboard.core.actor import Actor
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON
from events.models import Action
from events.services.recording import record
from second_factors.models import PENDING_FOR, FactorType, SecondFactor, SignInChallenge
from second_factors.services import passkeys, proofs, recovery_codes
from second_factors.services.proofs import Proof

LIFETIME = timedelta(minutes=5)
ATTEMPTS = 5
MAX_OPEN = 10_000  # challenges of an account, the newest: others would have to hash that many passwords in LIFETIME


def ask(account: Account, remember: str, actor: Actor) -> DashboardError:
    """Make a challenge of an account, whose row is locked and whose password was verified.

    Return second-factor-required (401), to be raised once the transaction is committed: it has the challenge.
    """
    now, token = timezone.now(), secrets.token_hex(32)
    SignInChallenge.objects.filter(account=account, expires_at__lte=now).delete()
    for old in SignInChallenge.objects.filter(account=account).order_by("-created_at", "-pk")[MAX_OPEN - 1 :]:
        old.delete()
    SignInChallenge.objects.create(
        account=account,
        challenge_hash=_hash(token),
        remember=remember[:10],  # unknown values mean nothing
        attempts_left=ATTEMPTS,
        session_key_number=account.session_key_number,
        password_last_changed_at=account.password_last_changed_at,
        created_at=now,
        expires_at=now + LIFETIME,
    )
    record(Action.START_SECOND_STEP, account.accountid, actor)
    return DashboardError(ErrorCode.SECOND_FACTOR_REQUIRED, fields=_fields(account, token))


def fields_of(token: str) -> JSON | None:
    """Return the fields that `ask` has given with a challenge, or None if it can no longer be used."""
    try:
        challenge = _open(token)
    except DashboardError:
        return None
    return _fields(challenge.account, token) if challenge.attempts_left > 0 else None


def _fields(account: Account, token: str) -> JSON:
    factors = list(SecondFactor.objects.filter(account=account).confirmed())
    keys = [factor for factor in factors if factor.factor_type == FactorType.PASSKEY]
    possible = dict.fromkeys(factor.factor_type for factor in factors)
    if recovery_codes.count_unused(account.accountid):
        possible["recovery-code"] = None
    options = {"passkeyOptions": passkeys.request_options(_passkey_challenge(token), keys)} if keys else {}
    return {"challenge": token, "factors": list(possible), **options}


def admit(token: str, proof: Proof, actor: Actor, check: Callable[[Account], None]) -> Account:
    """Count an attempt at a challenge before its proof is looked at, and return its account.

    Concurrent attempts then get no more answers than consecutive ones. Those that `check` refuses are not counted.
    Raises invalid-challenge (400 missing, 401 unknown, used or expired), invalid-code (400 missing), account-locked or
    too-many-requests (429).
    """
    require(token, ErrorCode.CHALLENGE_MISSING)
    proof.require()
    challenge = _open(token)
    lockout = SecondStepLockout(challenge.account, actor)
    lockout.check_before_hashing()
    check(challenge.account)
    with lockout.recording(), transaction.atomic():
        account = _locked(challenge.account_id)
        SecondStepLockout(account, actor).admit()
        if not _with_attempts(challenge).update(attempts_left=F("attempts_left") - 1):
            raise DashboardError(ErrorCode.CHALLENGE_WRONG)
    return account


def solve(accountid: str, token: str, proof: Proof, actor: Actor) -> tuple[Account, str]:
    """Use a proof on a challenge, which ends with it. Return the locked account, and its `remember`.

    Call it in a transaction, after `admit`. Raises invalid-challenge (401), invalid-code (401).
    """
    account, now = _locked(accountid), timezone.now()
    challenge = _open(token)
    if challenge.account_id != accountid or not challenge.is_open(account, now):
        raise DashboardError(ErrorCode.CHALLENGE_WRONG)
    proofs.use(account, proof, _passkey_challenge(token), actor, now)
    challenge.delete()
    SecondStepLockout(account, actor).clear()
    return account, challenge.remember


def purge_unfinished() -> None:
    """Delete everybody's expired challenges, and new factors that were not confirmed in time."""
    now = timezone.now()
    SignInChallenge.objects.filter(expires_at__lte=now).delete()
    SecondFactor.objects.pending().filter(created_at__lt=now - PENDING_FOR).delete()


def delete_challenges(created_before: datetime) -> int:
    """Delete the challenges up to that time, so that their sign-ins start again. Return how many there were."""
    mine = SignInChallenge.objects.filter(account__appid=settings.APPID, created_at__lte=created_before)
    deleted, _ = mine.delete()
    return int(deleted)


def _open(token: str) -> SignInChallenge:
    mine = SignInChallenge.objects.select_related("account").filter(account__appid=settings.APPID)
    challenge: SignInChallenge | None = mine.filter(challenge_hash=_hash(token), expires_at__gt=timezone.now()).first()
    if challenge is None:
        raise DashboardError(ErrorCode.CHALLENGE_WRONG)
    return challenge


def _with_attempts(challenge: SignInChallenge) -> QuerySet[SignInChallenge]:
    left: QuerySet[SignInChallenge] = SignInChallenge.objects.filter(pk=challenge.pk, attempts_left__gt=0)
    return left


def _locked(accountid: str) -> Account:
    account = Account.objects.find_for_update(accountid)
    if account is None:
        raise DashboardError(ErrorCode.CHALLENGE_WRONG)
    return account


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _passkey_challenge(token: str) -> bytes:
    """Return what a passkey signs. It is derived from the challenge, which only its client knows, and ends with it."""
    return hashlib.sha256(f"passkey:{token}".encode()).digest()
