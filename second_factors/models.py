"""Second factors of accounts, their recovery codes, and the sign-ins that wait for one."""

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.db import models
from django.utils import timezone

from accounts.models import Account
from dashboard.core.errors import ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.models import IdField, Record, RecordManager, RecordQuerySet

PENDING_FOR = timedelta(minutes=10)  # how long a new factor can be confirmed


class FactorType(models.TextChoices):
    """The kinds of second factors, each with its default name."""

    TOTP = "totp", "Authenticator app"
    PASSKEY = "passkey", "Passkey"


class SecondFactorQuerySet(RecordQuerySet["SecondFactor"]):
    def confirmed(self) -> Self:
        """Select the factors with which somebody can sign in."""
        return self.filter(confirmed_at__isnull=False)

    def pending(self) -> Self:
        return self.filter(confirmed_at__isnull=True)


class SecondFactor(Record):
    """An authenticator app (TOTP, RFC 6238) or a passkey (WebAuthn), with which a sign-in takes its second step.

    A factor counts once its owner has confirmed it with one of its codes or signatures.
    """

    missing = ErrorCode.FACTORID_MISSING
    unknown = ErrorCode.FACTORID_UNKNOWN
    kind = "factor"
    never_cached = frozenset(
        {"encrypted_secret", "last_step", "credential_id", "public_key", "sign_count", "transports", "registration"}
    )

    factorid = IdField("fact")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="second_factors", db_index=False)
    factor_type = models.CharField(max_length=10, choices=FactorType.choices)
    name = models.CharField(max_length=50)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    encrypted_secret = models.CharField(
        max_length=255, blank=True, help_text="Of an app. See dashboard.core.crypto.encryption."
    )
    last_step = models.BigIntegerField(
        null=True, blank=True, help_text="Of an app: the time step of the last code. It and those before are spent."
    )
    credential_id = models.CharField(max_length=1400, blank=True, help_text="Of a passkey, base64url.")
    public_key = models.TextField(blank=True, help_text="Of a passkey, COSE in base64url.")
    sign_count = models.PositiveBigIntegerField(default=0, help_text="Of a passkey. It never goes back.")
    transports = models.CharField(max_length=100, blank=True, help_text="Of a passkey, such as “internal hybrid”.")
    registration = models.CharField(
        max_length=64, blank=True, help_text="The challenge of a passkey not confirmed yet."
    )

    secret: str | None = None  # this and the next are set only when the factor is created
    otpauth_uri: str | None = None
    passkey_options: JSON | None = None

    objects = RecordManager.from_queryset(SecondFactorQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["appid", "credential_id"],
                condition=~models.Q(credential_id=""),
                name="second_factor_credential",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-created_at", "-factorid"], name="second_factor_newest"),
            models.Index(
                fields=["created_at"], condition=models.Q(confirmed_at__isnull=True), name="second_factor_pending"
            ),
        ]

    def __str__(self) -> str:
        return str(self.factorid)

    def can_be_confirmed(self, now: datetime) -> bool:
        return self.confirmed_at is None and now - self.created_at <= PENDING_FOR

    def as_json(self) -> JSON:
        return without_none(
            {
                "factorid": self.factorid,
                "object": "secondFactor",
                "appid": self.appid,
                "accountid": self.account_id,
                "factorType": self.factor_type,
                "name": self.name,
                "secret": self.secret,
                "otpauthUri": self.otpauth_uri,
                "passkeyOptions": self.passkey_options,
                "confirmedAt": isoformat(self.confirmed_at),
                "lastUsedAt": isoformat(self.last_used_at),
                "createdAt": isoformat(self.created_at),
                "updatedAt": isoformat(self.updated_at),
            }
        )


class RecoveryCode(models.Model):
    """A code that takes the second step once, for somebody who has lost their factors. Only its hash is stored."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes", db_index=False)
    code_hash = models.CharField(max_length=128)
    created_at = models.DateTimeField(default=timezone.now)
    used_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "code_hash"], name="recovery_code_of_account")
        ]

    def __str__(self) -> str:
        return f"recovery code of {self.account_id}"

    def as_json(self) -> JSON:
        return without_none({"createdAt": isoformat(self.created_at), "usedAt": isoformat(self.used_at)})


class SignInChallenge(models.Model):
    """A sign-in that has the right password, and waits for a second factor. Only the hash of the challenge is stored.

    It records the state of the password and of the session key, and ends when either changes.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sign_in_challenges", db_index=False)
    challenge_hash = models.CharField(max_length=64)
    remember = models.CharField(max_length=10, blank=True)
    attempts_left = models.SmallIntegerField()
    session_key_number = models.PositiveIntegerField()
    password_last_changed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    objects: ClassVar[Any] = models.Manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["challenge_hash"], name="challenge_hash")]
        indexes: ClassVar = [
            models.Index(fields=["account", "-created_at"], name="challenge_newest_of_account"),
            models.Index(fields=["expires_at"], name="challenge_expiry"),
        ]

    def __str__(self) -> str:
        return f"challenge of {self.account_id}"

    def is_open(self, account: Account, now: datetime) -> bool:
        """Return whether it can still be used to sign in to the account, whose row is locked."""
        return (
            self.expires_at > now
            and self.session_key_number == account.session_key_number
            and self.password_last_changed_at == account.password_last_changed_at
        )
