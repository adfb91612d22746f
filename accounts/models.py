"""An account, and the profiles of the person who has it."""

import contextlib
import secrets
from datetime import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError, models, transaction
from django.db.models import Value
from django.db.models.functions import Lower

from dashboard.core import hashing
from dashboard.core.errors import ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.db import prepared
from dashboard.models import IdField, Record, RecordManager, RecordQuerySet


class AccountQuerySet(RecordQuerySet["Account"]):
    def with_username(self, username: str) -> Self:
        """The account of this name, whichever key its name was hashed under."""
        return self.filter(username_hash__in=hashing.text_hashes(username))

    def owner(self) -> Self:
        return self.filter(owner_since__isnull=False)

    def administrators(self) -> Self:
        return self.filter(administrator_since__isnull=False)

    def deleted(self) -> Self:
        """Those that are scheduled for deletion."""
        return self.filter(deleted_at__isnull=False)

    def locked_out(self, now: datetime) -> Self:
        """Those of which `Account.is_locked` is true."""
        return self.filter(locked_until__gt=now)

    def due(self, now: datetime) -> Self:
        """Those whose time to be deleted has come: they can no more be restored."""
        return self.filter(deleted_at__lte=now)


class AccountManager(RecordManager["Account"]):
    """Of all accounts."""

    def by_username(self, username: str) -> "Account | None":
        """The account of this name, the oldest where two keys have one each; None where there is none."""
        hashes = {f"hash{number}": made for number, made in enumerate(hashing.text_hashes(username))}
        account: Account | None = prepared.fetch_one(_with_username_hashes, settings.APPID, **hashes)
        return account


def _with_username_hashes(appid: str, **hashes: str) -> models.QuerySet["Account"]:
    return Account._base_manager.filter(appid=appid, username_hash__in=hashes.values()).order_by("created_at")


def new_session_key() -> str:
    return secrets.token_hex(32)


class Account(Record, AbstractBaseUser):
    """Somebody who can sign in. Their name is stored only as a keyed hash, and so is their password."""

    missing = ErrorCode.ACCOUNTID_MISSING
    unknown = ErrorCode.ACCOUNTID_UNKNOWN
    kind = "account"
    never_cached = frozenset({"password", "username_hash", "failed_sign_ins", "locked_until"})
    USERNAME_FIELD = "accountid"  # what may be shown of it; nobody types it: see backends.py
    last_login = None  # last_signed_in_at is the contract's

    accountid = IdField("acct")
    profile = models.ForeignKey(
        "Profile", on_delete=models.RESTRICT, null=True, blank=True, related_name="+", verbose_name="default profile"
    )
    username_hash = models.CharField(max_length=128)
    session_key = models.CharField(max_length=64, default=new_session_key)
    session_key_number = models.PositiveIntegerField(default=1)
    session_key_last_reset_at = models.DateTimeField(null=True, blank=True)
    last_signed_in_at = models.DateTimeField(null=True, blank=True)
    owner_since = models.DateTimeField(null=True, blank=True)
    administrator_since = models.DateTimeField(null=True, blank=True)
    username_last_changed_at = models.DateTimeField(null=True, blank=True)
    password_last_changed_at = models.DateTimeField(null=True, blank=True)
    reset_code_last_created_at = models.DateTimeField(null=True, blank=True)
    reset_code_last_used_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="When it is due to be deleted; set: scheduled.")
    failed_sign_ins = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Wrong passwords and reset codes in a row."
    )
    locked_until = models.DateTimeField(null=True, blank=True, help_text="Until when nobody can sign in, after those.")

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
        """Administrators may everything that the services let them do; what takes the owner, a service refuses."""
        return self.is_active and self.is_staff

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_staff

    def check_password(self, raw_password: str) -> bool:  # type: ignore[override]
        """As Django's; a hash that is due for renewal is renewed unless another request has replaced it meanwhile."""
        checked = self.password

        def renew(password: str) -> None:
            self.password = make_password(password)
            Account.objects.filter(pk=self.pk, password=checked).update(password=self.password)

        return check_password(raw_password, checked, renew)

    def renew_username_hash(self, username: str) -> None:
        """Hash the name under the newest key, unless somebody else has it there: then both remain as they are."""
        found, newest = self.username_hash, hashing.text_hashes(username)[0]
        if found == newest:
            return
        with contextlib.suppress(IntegrityError), transaction.atomic():
            Account.objects.filter(pk=self.pk, username_hash=found).update(username_hash=newest)
            self.username_hash = newest

    def is_locked(self, now: datetime) -> bool:
        """Return whether nobody can sign in, after too many wrong passwords or reset codes."""
        return self.locked_until is not None and self.locked_until > now

    def reset_session_key(self, now: datetime) -> None:
        """A new key, under which no token of before verifies."""
        self.session_key = new_session_key()
        self.session_key_number += 1
        self.session_key_last_reset_at = now

    def as_json(self) -> JSON:
        return without_none(
            {
                "accountid": self.accountid,
                "object": "account",
                "appid": self.appid,
                "profileid": self.profile_id,
                "sessionKeyNumber": self.session_key_number,
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
                "deletedAt": isoformat(self.deleted_at),
                "createdAt": isoformat(self.created_at),
                "updatedAt": isoformat(self.updated_at),
            }
        )


class ProfileQuerySet(RecordQuerySet["Profile"]):
    """Both sides of a comparison are lowered by the database, as its indexes are: migrations/0004_profile_search.py."""

    EMAILS = ("contact_email", "display_email")
    NAMES = ("full_name", "display_name")

    def beginning(self, column: str, text: str) -> Self:
        """Those whose name or email address in this column begins so, in upper or lower case."""
        return self._lowered(column).filter(lowered__startswith=Lower(Value(text)))

    def with_email(self, column: str, email: str) -> Self:
        """Those with this address in this column of EMAILS, in upper or lower case."""
        return self._lowered(column).filter(lowered=Lower(Value(email)))

    def _lowered(self, column: str) -> Self:
        return self.alias(lowered=Lower(column)).exclude(**{column: ""})


class Profile(Record):
    """How a person wants to be reached and called. An account may have several; one of them is its default."""

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
