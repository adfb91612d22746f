"""Create, confirm, rename and remove second factors.

The first one that is confirmed ends the account's other sessions, which a password alone has created.
"""

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Account
from accounts.services.authority import get_administered
from dashboard.core.actor import Actor
from dashboard.core.crypto import encryption
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.text import is_one_line
from dashboard.db import prepared
from events.models import Action
from events.services.recording import pending_event, record
from second_factors.models import FactorType, RecoveryCode, SecondFactor, SignInChallenge
from second_factors.services import passkeys, totp
from second_factors.services.proofs import Proof

MAX_FACTORS = 10
MAX_NAME_LENGTH = 50
MAX_LABEL_LENGTH = 60


@transaction.atomic
def create_second_factor(accountid: str, factor_type: str, name: str, actor: Actor) -> SecondFactor:
    """Create a factor that counts once it is confirmed. It replaces another that is not confirmed yet.

    An app has its `secret` and `otpauth_uri` only this once, a passkey its `passkey_options`. Raises invalid-accountid
    (400 missing, 404 unknown), invalid-factor-type (400), invalid-name (400), too-many-second-factors (409).
    """
    account = Account.objects.get_for_update(accountid)
    if factor_type not in FactorType.values:
        raise DashboardError(ErrorCode.FACTOR_TYPE)
    name = _checked_name(name or FactorType(factor_type).label)
    confirmed = list(SecondFactor.objects.filter(account=account).confirmed())
    if len(confirmed) >= MAX_FACTORS:
        raise DashboardError(ErrorCode.TOO_MANY_SECOND_FACTORS)
    SecondFactor.objects.filter(account=account).pending().delete()
    now = timezone.now()
    factor = SecondFactor(account=account, factor_type=factor_type, name=name, created_at=now, updated_at=now)
    if factor_type == FactorType.TOTP:
        factor.encrypted_secret = encryption.encrypt(totp.new_secret(), factor.factorid)
    else:
        factor.registration = secrets.token_bytes(32).hex()
    _show_set_up(factor, confirmed)
    event = pending_event(Action.CREATE_SECOND_FACTOR, accountid, actor, factor.factorid)
    prepared.execute_together([factor.pending_insert(), event])
    return factor


def pending_second_factor(factorid: str, accountid: str) -> SecondFactor:
    """Return a factor of this account that is not confirmed yet, with what its owner needs, as when it was created.

    Raises invalid-factorid (400 missing, 404 unknown), invalid-account (403) for another account's, invalid-factor
    (409) if it is confirmed already or was created too long ago.
    """
    factor = SecondFactor.objects.get_or_refuse_own(factorid, accountid)
    if not factor.can_be_confirmed(timezone.now()):
        raise DashboardError(ErrorCode.FACTOR_NOT_PENDING)
    _show_set_up(factor, list(SecondFactor.objects.filter(account=accountid).confirmed()))
    return factor


def _show_set_up(factor: SecondFactor, confirmed: list[SecondFactor]) -> None:
    """Set what the owner of a new factor needs, once: the secret of an app, or the options of a passkey."""
    label = _label(factor.account)
    if factor.factor_type == FactorType.TOTP:
        factor.secret = encryption.decrypt(factor.encrypted_secret, factor.factorid)
        factor.otpauth_uri = totp.otpauth_uri(factor.secret, label)
        return
    existing = [it for it in confirmed if it.factor_type == FactorType.PASSKEY]
    challenge = bytes.fromhex(factor.registration)
    factor.passkey_options = passkeys.creation_options(factor.account_id, label, challenge, existing)


def _label(account: Account) -> str:
    """Return a label that a person recognises. The username is stored only as a hash."""
    profile = account.profile
    names = (profile.contact_email, profile.display_name, profile.full_name) if profile else ()
    return next((name for name in names if name), str(account.accountid))[:MAX_LABEL_LENGTH]


def _checked_name(name: str) -> str:
    if not (len(name) <= MAX_NAME_LENGTH and is_one_line(name)):
        raise DashboardError(ErrorCode.FACTOR_NAME)
    return name


def confirm_second_factor(factorid: str, accountid: str, sessionid: str, proof: Proof, actor: Actor) -> SecondFactor:
    """Add a new factor to the account, once a proof confirms it. The first one ends all sessions but `sessionid`.

    Raises invalid-factorid (400 missing, 404 unknown), invalid-account (403) for another account's, invalid-factor
    (409) if it is confirmed already or was created too long ago, invalid-code (400 missing, 401 wrong).
    """
    try:
        return _confirm(factorid, accountid, sessionid, proof, actor)
    except IntegrityError:  # the passkey is another account's
        raise DashboardError(ErrorCode.SECOND_FACTOR_WRONG) from None


@transaction.atomic
def _confirm(factorid: str, accountid: str, sessionid: str, proof: Proof, actor: Actor) -> SecondFactor:
    account, factor = _locked(factorid, accountid)
    now = timezone.now()
    if not factor.can_be_confirmed(now):
        raise DashboardError(ErrorCode.FACTOR_NOT_PENDING)
    proof.require()
    _prove(factor, proof, now)
    factor.confirmed_at = now
    factor.save_fields(
        *("confirmed_at", "last_step", "credential_id", "public_key", "sign_count", "transports", "registration")
    )
    if account.second_factor_since is None:
        _demand_second_step(account, sessionid, actor, now)
    record(Action.CONFIRM_SECOND_FACTOR, accountid, actor, factorid)
    return factor


def _prove(factor: SecondFactor, proof: Proof, now: datetime) -> None:
    if factor.factor_type == FactorType.PASSKEY:
        passkeys.register(factor, proof.credential)
        factor.registration = ""
        return
    secret = encryption.decrypt(factor.encrypted_secret, factor.factorid)
    factor.last_step = totp.matching_step(secret, proof.digits, None, now)
    if factor.last_step is None:
        raise DashboardError(ErrorCode.SECOND_FACTOR_WRONG)


def _demand_second_step(account: Account, sessionid: str, actor: Actor, now: datetime) -> None:
    """From now on, accept only sessions that have used a factor. The request's own session has just done so."""
    account.second_factor_since = now
    account.save_fields("second_factor_since")
    account.sessions.filter(pk=sessionid).update(second_factor_at=now, updated_at=now)
    account.sessions.end_all(account, Action.CONFIRM_SECOND_FACTOR, actor, now, but=sessionid)


@transaction.atomic
def update_second_factor(factorid: str, accountid: str, name: str, actor: Actor) -> SecondFactor:
    """Rename a factor of this account.

    Raises invalid-factorid (400 missing, 404 unknown), invalid-account (403) for another account's, invalid-name (400).
    """
    _, factor = _locked(factorid, accountid)
    factor.name = _checked_name(name)
    factor.save_fields("name")
    record(Action.UPDATE_SECOND_FACTOR, accountid, actor, factorid)
    return factor


@transaction.atomic
def delete_second_factor(factorid: str, accountid: str, actor: Actor) -> None:
    """Remove a factor of this account, and with the last one its recovery codes. Pending sign-ins have to start again.

    Raises invalid-factorid (400 missing, 404 unknown), invalid-account (403) for another account's.
    """
    account, factor = _locked(factorid, accountid)
    factor.delete()
    if not SecondFactor.objects.filter(account=account).confirmed().exists():
        _forget(account)
    SignInChallenge.objects.filter(account=account).delete()
    record(Action.DELETE_SECOND_FACTOR, accountid, actor, factorid)


@transaction.atomic
def remove_second_factors(accountid: str, actor: Actor) -> Account:
    """Remove all factors and recovery codes of an account whose owner has lost them, and end its sessions.

    Raises invalid-accountid (400 missing, 404 unknown), invalid-account (403) as `get_administered`, invalid-account
    (409) for an account without a second factor.
    """
    account = get_administered(accountid, actor)
    if account.second_factor_since is None:
        raise DashboardError(ErrorCode.NO_SECOND_FACTOR)
    record(Action.REMOVE_SECOND_FACTORS, accountid, actor)  # while the session of an administrator's own lasts
    SecondFactor.objects.filter(account=account).delete()
    SignInChallenge.objects.filter(account=account).delete()
    _forget(account)
    account.sessions.end_all(account, Action.REMOVE_SECOND_FACTORS, actor, timezone.now())
    return account


def _forget(account: Account) -> None:
    """Let a password alone sign in again."""
    RecoveryCode.objects.filter(account=account).delete()
    if account.second_factor_since:
        account.second_factor_since = None
        account.save_fields("second_factor_since")


def _locked(factorid: str, accountid: str) -> tuple[Account, SecondFactor]:
    """Return an account and its factor, both locked, the account first, as everywhere."""
    SecondFactor.objects.get_or_refuse_own(factorid, accountid)
    account = Account.objects.get_for_update(accountid)
    return account, SecondFactor.objects.get_for_update_own(factorid, accountid)
