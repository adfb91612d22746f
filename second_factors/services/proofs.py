"""Use a second factor: a code of an app, a recovery code, or what a passkey has signed."""

import logging
import re
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Account
from dashboard.core.actor import Actor
from dashboard.core.crypto import encryption
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action
from events.services.recording import record
from second_factors.models import FactorType, SecondFactor
from second_factors.services import passkeys, recovery_codes, totp

SPACES = re.compile(r"[\s-]")
MAX_CODE_LENGTH = 100

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Proof:
    """What somebody sends to prove a second factor: a `code`, or the `credential` of a passkey as JSON."""

    code: str = ""
    credential: str = ""

    @property
    def digits(self) -> str:
        """The code as an app shows it, without the spaces that people type."""
        return SPACES.sub("", self.code[:MAX_CODE_LENGTH])

    def require(self) -> None:
        """Raise invalid-code (400) if it is empty."""
        if not (self.code or self.credential):
            raise DashboardError(ErrorCode.SECOND_FACTOR_CODE_MISSING)


def use(account: Account, proof: Proof, passkey_challenge: bytes, actor: Actor, now: datetime) -> None:
    """Use one of the factors of an account, whose row is locked, so that no proof is used twice.

    Raises invalid-code (401) where none of them is proven.
    """
    if proof.credential:
        _use_passkey(account, proof.credential, passkey_challenge, now)
    elif not _use_app(account, proof.digits, now):
        if not recovery_codes.spend(account, proof.code, now):
            raise DashboardError(ErrorCode.SECOND_FACTOR_WRONG)
        record(Action.USE_RECOVERY_CODE, account.accountid, actor.proven_as(account.accountid))


def _use_passkey(account: Account, credential: str, challenge: bytes, now: datetime) -> None:
    mine = SecondFactor.objects.filter(account=account, factor_type=FactorType.PASSKEY).confirmed()
    factor = mine.filter(credential_id=passkeys.credential_id(credential)).first()
    if factor is None:
        raise DashboardError(ErrorCode.SECOND_FACTOR_WRONG)
    factor.sign_count = passkeys.verify(factor, credential, challenge)
    factor.last_used_at = now
    factor.save_fields("sign_count", "last_used_at")


def _use_app(account: Account, digits: str, now: datetime) -> bool:
    if not totp.DIGITS.fullmatch(digits):
        return False
    apps = SecondFactor.objects.filter(account=account, factor_type=FactorType.TOTP).confirmed()
    return any(_use_code(factor, digits, now) for factor in apps)


def _use_code(factor: SecondFactor, digits: str, now: datetime) -> bool:
    try:
        secret = encryption.decrypt(factor.encrypted_secret, factor.factorid)
    except encryption.UnreadableSecretError:  # other factors and recovery codes still work
        logger.exception("The secret of %s cannot be read with DASHBOARD_ENCRYPTION_KEY.", factor.factorid)
        return False
    step = totp.matching_step(secret, digits, factor.last_step, now)
    if step is None:
        return False
    factor.last_step, factor.last_used_at = step, now
    if encryption.is_outdated(factor.encrypted_secret, factor.factorid):
        factor.encrypted_secret = encryption.encrypt(secret, factor.factorid)
    factor.save_fields("last_step", "last_used_at", "encrypted_secret")
    return True
