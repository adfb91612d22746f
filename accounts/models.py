"""Accounts and profiles."""

import contextlib
import secrets
from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from accounts.search_entries import SearchEntry as SearchEntry  # noqa: PLC0414  Django looks for models here
from dashboard.core.crypto import hashing
from dashboard.core.crypto.hashers import hash_password
from dashboard.core.errors import ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.core.text import normalize, spellings
from dashboard.db import prepared
from dashboard.models import IdField, Record, RecordManager, RecordQuerySet


class AccountQuerySet(RecordQuerySet["Account"]):
    def with_username(self, username: str) -> Self:
        """Select by username in either spelling, hashed with any of the keys in DASHBOARD_ENCRYPTION_KEY."""
        return self.filter(username_hash__in=username_hashes(username))

    def owner(self) -> Self:
        return self.filter(owner_since__isnull=False)

    def administrators(self) -> Self:
        return self.filter(administrator_since__isnull=False)

    def deleted(self) -> Self:
        """Select the accounts whose deletion is scheduled."""
        return self.filter(deleted_at__isnull=False)

    def locked_out(self, now: datetime) -> Self:
        """Select the accounts for which `Account.is_locked` is true."""
        return self.filter(locked_until__gt=now)

    def due(self, now: datetime) -> Self:
        """Select the accounts whose deletion is due. They cannot be restored any more."""
        return self.filter(deleted_at__lte=now)

    def purgeable(self, now: datetime) -> Self:
        """Select the accounts whose deletion is due and may be carried out: never the owner's."""
        return self.due(now).filter(owner_since=None)


class AccountManager(RecordManager["Account"]):
    def by_username(self, username: str) -> "Account | None":
        """Return the account with this username, or None.

        Prefer the spelling as typed: before texts were normalized, another account could take the other spelling. With
        two keys there may be two accounts: return the older one.
        """
        found = (self._by_hashes(hashing.text_hashes(spelling)) for spelling in spellings(username))
        return next((account for account in found if account), None)

    def _by_hashes(self, made: list[str]) -> "Account | None":
        hashes = {f"hash{number}": it for number, it in enumerate(made)}
        account: Account | None = prepared.fetch_one(_with_username_hashes, settings.APPID, **hashes)
        return account


def _with_username_hashes(appid: str, **hashes: str) -> models.QuerySet["Account"]:
    return Account._base_manager.filter(appid=appid, username_hash__in=hashes.values()).order_by("created_at")


def username_hashes(username: str) -> list[str]:
    """Return the hashes that the account with this username can have: of each spelling, under each key."""
    return [made for spelling in spellings(username) for made in hashing.text_hashes(spelling)]


def new_session_key() -> str:
    return secrets.token_hex(32)


class Account(Record, AbstractBaseUser):
    """An account that can sign in. Username and password are stored only as keyed hashes."""

    missing = ErrorCode.ACCOUNTID_MISSING
    unknown = ErrorCode.ACCOUNTID_UNKNOWN
    kind = "account"
    never_cached = frozenset({"password", "username_hash", "failed_sign_ins", "locked_until"})
    USERNAME_FIELD = "accountid"  # for display only: UsernameBackend looks up the username
    last_login = None  # replaced by last_signed_in_at

    accountid = IdField("acct")
    profile = models.ForeignKey(
        "Profile", on_delete=models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="default profile"
    )
    username_hash = models.CharField(max_length=128)
    session_key = models.CharField(max_length=64, default=new_session_key)
    session_key_number = models.PositiveIntegerField(default=1)
    session_key_revocations = models.PositiveIntegerField(
        default=0,
        db_default=0,
        help_text="How many numbers of the session key only ended sessions, without a new key.",
    )
    session_key_last_reset_at = models.DateTimeField(null=True, blank=True)
    last_signed_in_at = models.DateTimeField(null=True, blank=True)
    owner_since = models.DateTimeField(null=True, blank=True)
    administrator_since = models.DateTimeField(null=True, blank=True)
    username_last_changed_at = models.DateTimeField(null=True, blank=True)
    password_last_changed_at = models.DateTimeField(null=True, blank=True)
    reset_code_last_created_at = models.DateTimeField(null=True, blank=True)
    reset_code_last_used_at = models.DateTimeField(null=True, blank=True)
    second_factor_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when a sign-in takes a second step; empty: it takes a password alone."
    )
    deleted_at = models.DateTimeField(
        null=True, blank=True, help_text="When the account is due for deletion; empty unless that is scheduled."
    )
    failed_sign_ins = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Consecutive wrong passwords and reset codes."
    )
    locked_until = models.DateTimeField(
        null=True, blank=True, help_text="Until when sign-in is refused, after too many failures."
    )

    objects = AccountManager.from_queryset(AccountQuerySet)()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appid", "username_hash"], name="account_username"),
            models.UniqueConstraint(
                fields=["appid"], condition=models.Q(owner_since__isnull=False), name="account_one_owner"
            ),
            models.CheckConstraint(
                condition=models.Q(owner_since__isnull=True) | models.Q(administrator_since__isnull=False),
                name="account_owner_is_administrator",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["appid", "-created_at", "-accountid"], name="account_newest"),
            models.Index(
                fields=["appid", "-created_at", "-accountid"],
                condition=models.Q(administrator_since__isnull=False),
                name="account_newest_administrator",
            ),
            models.Index(
                fields=["appid", "-created_at", "-accountid"],
                condition=models.Q(deleted_at__isnull=False),
                name="account_newest_deleted",
            ),
            models.Index(
                fields=["appid", "-created_at", "-accountid"],
                condition=models.Q(locked_until__isnull=False),
                name="account_newest_locked",
            ),
            models.Index(
                fields=["appid", "deleted_at"],
                condition=models.Q(deleted_at__isnull=False),
                name="account_due",
            ),
            models.Index(
                fields=["appid", "-last_signed_in_at", "-accountid"],
                condition=models.Q(last_signed_in_at__isnull=False),
                name="account_last_signed_in",
            ),
            models.Index(
                fields=["appid", "-created_at", "-accountid"],
                condition=models.Q(last_signed_in_at__isnull=True),
                name="account_never_signed_in",
            ),
        ]

    def __str__(self) -> str:
        return str(self.accountid)

    @property
    def is_active(self) -> bool:  # type: ignore[override]
        return self.deleted_at is None

    @property
    def is_staff(self) -> bool:
        return self.administrator_since is not None

    @property
    def is_superuser(self) -> bool:
        return self.owner_since is not None

    def has_perm(self, perm: str, obj: models.Model | None = None) -> bool:
        """Grant administrators everything. Services refuse what only the owner may do."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def check_password(self, raw_password: str) -> bool:  # type: ignore[override]
        """Check each spelling as Django does, and renew the hash of a spelling other than the normal one, too.

        A hash is renewed only if no other request has replaced it since.
        """
        checked = self.password

        def renew(password: str) -> None:
            self.password = hash_password(password)
            Account.objects.filter(pk=self.pk, password=checked).update(password=self.password)

        matching = next((it for it in spellings(raw_password) if check_password(it, checked, renew)), None)
        if matching is not None and matching != normalize(matching) and self.password == checked:
            renew(matching)
        return matching is not None

    def has_username(self, text: str) -> bool:
        """Return whether a text is the username."""
        return self.username_hash in username_hashes(text)

    def renew_username_hash(self, username: str) -> None:
        """Hash the normal spelling of the username with the newest key, unless another account has it already."""
        found, newest = self.username_hash, hashing.text_hashes(normalize(username))[0]
        if found == newest:
            return
        with contextlib.suppress(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=self.pk, username_hash=found).update(username_hash=newest)
            self.username_hash = newest

    def is_locked(self, now: datetime) -> bool:
        """Return whether untrusted clients must wait, after too many wrong passwords from all of them together."""
        return self.locked_until is not None and self.locked_until > now

    def reset_session_key(self, now: datetime) -> None:
        """Set a new key, under which no earlier session token verifies. The caller saves it."""
        self.session_key = new_session_key()
        self.session_key_number += 1
        self.session_key_last_reset_at = now

    def use_next_session_key_number(self) -> None:
        """End the sessions with the current number. Keep the key, which other sessions need. The caller saves both."""
        self.session_key_number += 1
        self.session_key_revocations += 1

    @property
    def session_key_resets(self) -> int:
        """The number of the session key on the wire, which counts resets, from 1."""
        return self.session_key_number - self.session_key_revocations

    def as_json(self) -> JSON:
        return without_none(
            {
                "accountid": self.accountid,
                "object": "account",
                "appid": self.appid,
                "profileid": self.profile_id,
                "sessionKeyNumber": self.session_key_resets,
                "sessionKeyLastResetAt": isoformat(self.session_key_last_reset_at),
                "lastSignedInAt": isoformat(self.last_signed_in_at),
                "owner": self.is_superuser or None,
                "ownerSince": isoformat(self.owner_since),
                "administrator": self.is_staff or None,
                "administratorSince": isoformat(self.administrator_since),
                "usernameLastChangedAt": isoformat(self.username_last_changed_at),
                "passwordLastChangedAt": isoformat(self.password_last_changed_at),
                "resetCodeLastCreatedAt": isoformat(self.reset_code_last_created_at),
                "resetCodeLastUsedAt": isoformat(self.reset_code_last_used_at),
                "secondFactorSince": isoformat(self.second_factor_since),
                "deletedAt": isoformat(self.deleted_at),
                "createdAt": isoformat(self.created_at),
                "updatedAt": isoformat(self.updated_at),
            }
        )


class ProfileQuerySet(RecordQuerySet["Profile"]):
    pass


class Profile(Record):
    """A person's names and contact data. An account may have several profiles, one of them as its default."""

    missing = ErrorCode.PROFILEID_MISSING
    unknown = ErrorCode.PROFILEID_UNKNOWN
    kind = "profile"

    profileid = IdField("prof")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="profiles", db_index=False)
    full_name = models.CharField(max_length=255, blank=True)
    contact_email = models.CharField(max_length=255, blank=True)
    display_name = models.CharField(max_length=255, blank=True)
    display_email = models.CharField(max_length=255, blank=True)
    dob = models.DateField("date of birth", null=True, blank=True)
    phone = models.CharField(max_length=255, blank=True)
    occupation = models.CharField(max_length=255, blank=True)
    location = models.CharField(max_length=255, blank=True)
    company_name = models.CharField(max_length=255, blank=True)
    website = models.CharField(max_length=255, blank=True)

    objects = RecordManager.from_queryset(ProfileQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["appid", "-created_at", "-profileid"], name="profile_newest"),
            models.Index(fields=["account", "-created_at", "-profileid"], name="profile_newest_of_account"),
        ]

    def __str__(self) -> str:
        return str(self.profileid)

    def as_json(self) -> JSON:
        return without_none(
            {
                "profileid": self.profileid,
                "object": "profile",
                "appid": self.appid,
                "accountid": self.account_id,
                "fullName": self.full_name or None,
                "contactEmail": self.contact_email or None,
                "displayName": self.display_name or None,
                "displayEmail": self.display_email or None,
                "companyName": self.company_name or None,
                "phone": self.phone or None,
                "occupation": self.occupation or None,
                "location": self.location or None,
                "website": self.website or None,
                "dob": self.dob.isoformat() if self.dob else None,
                "createdAt": isoformat(self.created_at),
                "updatedAt": isoformat(self.updated_at),
            }
        )


class SignInClient(models.Model):
    """A network or browser that has tried to sign in to an account or use a reset code, and its failures.

    A client is trusted once it was let in. Its failures are counted apart from those of others, so that nobody else can
    lock it out.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sign_in_clients", db_index=False)
    client = models.CharField(max_length=60, help_text="Such as “network 192.0.2.7/32”; a browser's id is hashed.")
    is_trusted = models.BooleanField(default=False, db_default=False)
    failed_sign_ins = models.PositiveIntegerField(default=0, db_default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "client"], name="sign_in_client_of_account")
        ]
        indexes: ClassVar = [models.Index(fields=["last_seen_at"], name="sign_in_client_last_seen")]

    def __str__(self) -> str:
        return self.client

    @property
    def is_trusted_browser(self) -> bool:
        return self.is_trusted and self.client.startswith("browser ")

    def forget_failures(self) -> None:
        """Write that there are none, unless a purge has deleted the row since."""
        if self.failed_sign_ins:
            self.failed_sign_ins, self.locked_until = 0, None
            SignInClient.objects.filter(pk=self.pk).update(failed_sign_ins=0, locked_until=None)
