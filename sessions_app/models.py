"""Sessions."""

import secrets
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from accounts.models import Account
from dashboard.core import hashing
from dashboard.core.actor import Actor
from dashboard.core.errors import ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.db import prepared
from dashboard.models import IdField, Record, RecordManager, RecordQuerySet
from dashboard.observability.metrics import get_metrics
from events.models import Action


class SessionQuerySet(RecordQuerySet["Session"]):
    def active(self, now: datetime) -> Self:
        """Select the sessions of which `Session.is_ended` is false."""
        return self.filter(ended_at__isnull=True, expires_at__gt=now).exclude(_idle(now))

    def ended(self, now: datetime) -> Self:
        """Select the sessions that were ended, have expired, or were idle for too long."""
        return self.filter(models.Q(ended_at__isnull=False) | models.Q(expires_at__lte=now) | _idle(now))

    def end(self, action: Action, actor: Actor, now: datetime) -> int:
        """End the active sessions; return how many. The caller has locked the account, so none is added meanwhile."""
        ended = self.active(now).update(**ending(action, actor, now), updated_at=now)
        if ended:
            count_revoked(action, ended)
        return ended


def _idle(now: datetime) -> models.Q:
    """The condition of `Session.is_idle`. A session that was never seen is as old as its last sign-in."""
    if not settings.SESSION_IDLE_TIMEOUT:
        return models.Q(pk__in=())
    since = now - timedelta(seconds=settings.SESSION_IDLE_TIMEOUT)
    return models.Q(last_seen_at__isnull=False, last_seen_at__lte=since)


class SessionManager(RecordManager["Session"]):
    def end_all(self, account: Account, action: Action, actor: Actor, now: datetime, but: str = "") -> int:
        """End the active sessions of an account except `but`; return how many.

        Usually there are none; one prepared statement finds that out.
        """
        if all(sessionid == but for sessionid in _active_sessionids(account, now)):
            return 0
        sessions: Any = self.filter(account=account).exclude(pk=but)
        ended: int = sessions.end(action, actor, now)
        return ended


def _active_sessionids(account: Account, now: datetime) -> list[str]:
    return prepared.fetch_column(_active, settings.APPID, accountid=account.accountid, now=now)


def _active(appid: str, accountid: str, now: datetime) -> models.QuerySet["Session", str]:
    sessions = Session._base_manager.filter(appid=appid, account=accountid, ended_at=None, expires_at__gt=now)
    return sessions.values_list("pk", flat=True)


def ending(action: Action, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return the columns of an ended session: when it was ended, by which operation, and by whom."""
    return {
        "ended_at": now,
        "ended_by_action": action,
        "ended_by_kind": actor.kind,
        "ended_by_accountid": actor.accountid or "",
    }


def count_revoked(action: Action, sessions: int) -> None:
    """Count ended sessions in the metrics when the transaction is committed."""
    transaction.on_commit(lambda: get_metrics().revoked.labels(action).inc(sessions))


def new_csrf_token() -> str:
    return secrets.token_hex(64)


class Session(Record):
    """A sign-in, until it expires or is ended. Its token authenticates the account; only its hash is stored."""

    missing = ErrorCode.SESSIONID_MISSING
    unknown = ErrorCode.SESSIONID_UNKNOWN
    kind = "session"
    never_cached = frozenset({"ended_by_action", "ended_by_kind", "ended_by_accountid"})

    sessionid = IdField("sess")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sessions", db_index=False)
    token_hash = models.CharField(max_length=128)
    csrf_token = models.CharField(max_length=128, default=new_csrf_token)
    session_key_number = models.PositiveIntegerField(help_text="Number of the account's session key at sign-in.")
    duration = models.PositiveIntegerField(help_text="Lifetime in seconds.")
    expires_at = models.DateTimeField()
    last_verified_at = models.DateTimeField(help_text="When the password was last verified.")
    second_factor_at = models.DateTimeField(
        null=True, blank=True, help_text="When a second factor was used in it: at the sign-in, or when it was added."
    )
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by_action = models.CharField(
        max_length=40, blank=True, help_text="The operation that ended it, by its name in events; empty if it expired."
    )
    ended_by_kind = models.CharField(max_length=20, blank=True, help_text="The capacity in which the actor ended it.")
    ended_by_accountid = models.CharField(max_length=21, blank=True)
    ip_address = models.GenericIPAddressField("IP address", null=True, blank=True)
    user_agent = models.CharField("browser", max_length=255, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True, help_text="Updated at most once a minute.")

    token: str | None = None  # set only when it is made, never stored

    objects = SessionManager.from_queryset(SessionQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["appid", "-created_at", "-sessionid"], name="session_newest"),
            models.Index(fields=["account", "-created_at", "-sessionid"], name="session_newest_of_account"),
            models.Index(
                fields=["appid", "expires_at"], condition=models.Q(ended_at__isnull=True), name="session_active"
            ),
        ]

    def __str__(self) -> str:
        return str(self.sessionid)

    def pending_end(self, action: Action, actor: Actor, now: datetime) -> prepared.Change:
        """End this active session, and build the change that writes it, for `prepared.execute_together`.

        The revocation is counted in the metrics once it is committed.
        """
        columns = ending(action, actor, now)
        for column, value in columns.items():
            setattr(self, column, value)
        return self.pending_update(*columns).and_then(lambda: count_revoked(action, 1))

    def is_ended(self, now: datetime) -> bool:
        """Return whether the session was ended, by itself or with all of its account, has expired, or is idle."""
        return self.ended_at is not None or self.expires_at <= now or self.is_idle(now)

    def is_idle(self, now: datetime) -> bool:
        """Return whether the session has made no request for SESSION_IDLE_TIMEOUT seconds; 0: it never is.

        `last_seen_at` is some minutes late at most, in the database and in the cache, so the setting is longer.
        """
        timeout = settings.SESSION_IDLE_TIMEOUT
        return bool(timeout and self.last_seen_at and now - self.last_seen_at >= timedelta(seconds=timeout))

    def renew_token(self) -> None:
        """Set a new token, which replaces the one before. The caller saves `token_hash`."""
        self.token = secrets.token_hex(32)
        self.token_hash = hashing.token_hash(self.account_id, self.token, self.account.session_key)

    @property
    def seconds_left(self) -> int:
        """How long it is until the session expires."""
        return max(0, int((self.expires_at - timezone.now()).total_seconds()))

    @property
    def ends_at(self) -> datetime:
        """When the session was ended or expires, or when it became idle."""
        idle = timedelta(seconds=settings.SESSION_IDLE_TIMEOUT)
        ends = self.ended_at or self.expires_at
        return min(ends, self.last_seen_at + idle) if idle and self.last_seen_at else ends

    def is_proven_by(self, token: str) -> bool:
        """Return whether this is the session's token, hashed with the account's current session key."""
        return hashing.token_matches(self.token_hash, self.account_id, token, self.account.session_key)

    def is_valid(self, now: datetime) -> bool:
        """Return whether the session authenticates its account, given its token.

        That of an account with a second factor has to have used one, whoever has created it, and when.
        """
        account = self.account
        return (
            not self.is_ended(now)
            and (account.second_factor_since is None or self.second_factor_at is not None)
            and self.session_key_number == account.session_key_number
            and account.deleted_at is None
        )

    def is_proof_recent(self, now: datetime) -> bool:
        """Return whether the password was verified within the last SESSION_VERIFICATION_DELAY seconds."""
        return now - self.last_verified_at <= timedelta(seconds=settings.SESSION_VERIFICATION_DELAY)

    def as_json(self) -> JSON:
        ended = self.is_ended(timezone.now())
        return without_none(
            {
                "sessionid": self.sessionid,
                "object": "session",
                "appid": self.appid,
                "accountid": self.account_id,
                "duration": self.duration,
                "csrfToken": self.csrf_token,
                "token": self.token,
                "ipAddress": self.ip_address,
                "userAgent": self.user_agent or None,
                "lastSeenAt": isoformat(self.last_seen_at),
                "expiresAt": isoformat(self.expires_at),
                "lastVerifiedAt": isoformat(self.last_verified_at),
                "secondFactorAt": isoformat(self.second_factor_at),
                "endedAt": isoformat(self.ends_at) if ended else None,
                "ended": ended,
                "createdAt": isoformat(self.created_at),
                "updatedAt": isoformat(self.updated_at),
            }
        )
