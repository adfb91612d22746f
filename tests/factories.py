"""Factories of rows, which do not use the services under test."""

import secrets
from datetime import timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any

import factory
import pyotp
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from factory.django import DjangoModelFactory

from accounts.models import Account, Profile
from dashboard.core.crypto import encryption, hashing
from events.models import Action, Event
from resetcodes.models import ResetCode
from second_factors.models import FactorType, SecondFactor, SignInChallenge
from service_credentials.models import ServiceCredential
from sessions_app.models import Session

PASSWORD = "a long enough password"
OTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
CHALLENGE = "fedcba9876543210" * 4
TOKEN = "0123456789abcdef" * 4


@lru_cache
def password_hash(password: str, *settings_of_it: Any) -> str:
    """Hash a password once for all accounts that have it: bcrypt is slow by design.

    `settings_of_it` are the settings on which the hash depends.
    """
    return make_password(password)


class AccountFactory(DjangoModelFactory[Account]):
    class Meta:
        model = Account

    class Params:
        username = factory.Sequence(lambda n: f"somebody{n}")
        raw_password = PASSWORD
        administrator = factory.Trait(administrator_since=factory.LazyFunction(timezone.now))
        owner = factory.Trait(
            owner_since=factory.LazyFunction(timezone.now), administrator_since=factory.LazyFunction(timezone.now)
        )
        scheduled = factory.Trait(deleted_at=factory.LazyFunction(lambda: timezone.now() + timedelta(days=7)))
        overdue = factory.Trait(deleted_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1)))

    username_hash = factory.LazyAttribute(lambda account: hashing.text_hashes(account.username)[0])
    password = factory.LazyAttribute(
        lambda account: password_hash(
            account.raw_password, tuple(settings.DASHBOARD_ENCRYPTION_KEY), settings.BCRYPT_WORKLOAD_FACTOR
        )
    )


class ProfileFactory(DjangoModelFactory[Profile]):
    class Meta:
        model = Profile

    account = factory.SubFactory(AccountFactory)
    full_name = "Somebody"
    contact_email = "somebody@example.com"


class SessionFactory(DjangoModelFactory[Session]):
    class Meta:
        model = Session

    class Params:
        expired = factory.Trait(expires_at=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1)))
        is_ended_by_request = factory.Trait(ended_at=factory.LazyFunction(timezone.now))

    account = factory.SubFactory(AccountFactory)
    session_key_number = factory.SelfAttribute("account.session_key_number")
    token_hash = factory.LazyAttribute(
        lambda session: hashing.token_hash(session.account.accountid, TOKEN, session.account.session_key)
    )
    duration = 1200
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(seconds=1200))
    last_verified_at = factory.LazyFunction(timezone.now)

    @classmethod
    def _create(cls, model_class: type[Session], *args: Any, **kwargs: Any) -> Session:
        session = super()._create(model_class, *args, **kwargs)
        session.token = TOKEN
        return session


class ResetCodeFactory(DjangoModelFactory[ResetCode]):
    class Meta:
        model = ResetCode

    class Params:
        secret_code = "abc123def456"

    account = factory.SubFactory(AccountFactory)
    secret_code_hash = factory.LazyAttribute(lambda code: hashing.text_hashes(code.secret_code)[0])


class SecondFactorFactory(DjangoModelFactory[SecondFactor]):
    """A confirmed authenticator app with OTP_SECRET. Its account's sessions have used it."""

    class Meta:
        model = SecondFactor

    class Params:
        pending = factory.Trait(confirmed_at=None)

    account = factory.SubFactory(AccountFactory)
    factor_type = FactorType.TOTP
    name = "My telephone"
    confirmed_at = factory.LazyFunction(timezone.now)
    encrypted_secret = factory.LazyAttribute(lambda it: encryption.encrypt(OTP_SECRET, it.factorid))
    factorid = factory.LazyFunction(lambda: f"fact_{secrets.token_hex(8)}")

    @classmethod
    def _create(cls, model_class: type[SecondFactor], *args: Any, **kwargs: Any) -> SecondFactor:
        made = super()._create(model_class, *args, **kwargs)
        if made.confirmed_at:
            made.account.second_factor_since = made.account.second_factor_since or made.confirmed_at
            made.account.save(update_fields=["second_factor_since", "updated_at"])
            Session.objects.filter(account=made.account).update(second_factor_at=made.confirmed_at)
        return made


class SignInChallengeFactory(DjangoModelFactory[SignInChallenge]):
    class Meta:
        model = SignInChallenge

    class Params:
        challenge = CHALLENGE

    account = factory.SubFactory(AccountFactory)
    challenge_hash = factory.LazyAttribute(lambda it: sha256(it.challenge.encode()).hexdigest())
    attempts_left = 5
    session_key_number = factory.SelfAttribute("account.session_key_number")
    password_last_changed_at = factory.SelfAttribute("account.password_last_changed_at")
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=5))


def app_code(steps: int = 0) -> str:
    """Return the code that the app with OTP_SECRET shows so many steps of 30 seconds from now."""
    return pyotp.TOTP(OTP_SECRET).at(timezone.now() + timedelta(seconds=30 * steps))


def wrong_code() -> str:
    """Return a code of six digits that the app shows neither now nor in the steps around."""
    return next(code for code in ("111111", "222222", "333333", "444444") if code not in map(app_code, range(-2, 3)))


class EventFactory(DjangoModelFactory[Event]):
    """An event of which the account is both subject and actor."""

    class Meta:
        model = Event

    class Params:
        account = factory.SubFactory(AccountFactory)

    action = Action.CREATE_PROFILE
    accountid = factory.SelfAttribute("account.accountid")
    actor_kind = "account"
    actor_accountid = factory.SelfAttribute("accountid")


SERVICE_SECRET = "0123456789abcdef" * 4


def service_token(credential: ServiceCredential) -> str:
    """Return the token of a credential that the factory has made."""
    return f"dsk_{credential.credentialid[5:]}_{SERVICE_SECRET}"


class ServiceCredentialFactory(DjangoModelFactory[ServiceCredential]):
    """A credential that acts for users, from anywhere, for good. `service_token` is its token."""

    class Meta:
        model = ServiceCredential

    class Params:
        expired = factory.Trait(expires_at=factory.LazyFunction(timezone.now))
        revoked = factory.Trait(revoked_at=factory.LazyFunction(timezone.now))

    credentialid = factory.LazyFunction(lambda: f"cred_{secrets.token_hex(8)}")
    name = "Web application"
    scopes = "act-for-users"
    token_hash = factory.LazyAttribute(lambda it: hashing.text_hashes(service_token(it))[0])
