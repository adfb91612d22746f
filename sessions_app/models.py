"""Sessions."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Greatest
from django.utils import timezone

from accounts.models import Account
from dashboard.cache.rows import Snapshot, row_cache
from dashboard.core.actor import Actor
from dashboard.core.crypto import hashing
from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.db import prepared
from dashboard.models import IdField, Record, RecordManager, RecordQuerySet
from dashboard.observability.metrics import get_metrics
from events.models import Action
from sessions_app import owners
from sessions_app.revocations import Ending, Revocation, find_revocation, is_revoked, revocation_of_row

ROWS_AT_ONCE = 500  # up to this many sessions are ended by writing their rows; more are ended by a Revocation
COUNT_LIMIT = 10_000  # of sessions that end together, where only metrics want to know how many
UNKNOWN: Any = object()
ENDED = {  # replaces the values of `ending` that differ from call to call
    "ended_at": prepared.Placeholder("now"),
    "updated_at": prepared.Placeholder("now"),
    "ended_by_accountid": prepared.Placeholder("by"),
}


class SessionQuerySet(RecordQuerySet["Session"]):
    def active(self, now: datetime) -> Self:
        """Select the sessions for which `Session.is_ended` is false."""
        return self.endable(now).awake(now)

    def endable(self, now: datetime) -> Self:
        """Select the sessions for which `Session.is_endable` is true: the active ones, and those that are idle."""
        return self.unended(now).filter(~is_revoked())

    def unended(self, now: datetime) -> Self:
        """Select those that were neither ended nor expired at this time, by their rows. See `Session.revocation`."""
        return self.filter(ended_at__isnull=True, expires_at__gt=now)

    def awake(self, now: datetime) -> Self:
        """Select the sessions for which `Session.is_idle` is false."""
        return self.exclude(_idle(now))

    def idle_last(self, now: datetime) -> Self:
        """Order the newest first, and the idle ones after all others."""
        if not settings.SESSION_IDLE_TIMEOUT:
            return self.newest_first()
        is_idle = models.Case(models.When(_idle(now), then=1), default=0)
        return self.order_by(is_idle, "-created_at", "-pk")

    def ended(self, now: datetime) -> Self:
        """Select the sessions that were ended, have expired, or were idle for too long."""
        ended = models.Q(ended_at__isnull=False) | models.Q(expires_at__lte=now) | _idle(now) | is_revoked()
        return self.filter(ended)

    def with_revocations(self) -> Self:
        """Annotate each row with how it was ended together with its account's others, to save a query for each."""
        annotated: Self = _with_revocations(self)
        return annotated

    def end(self, sessionids: Sequence[str], action: Action, actor: Actor, now: datetime) -> int:
        """End those of these sessions that are active or idle; return how many.

        The caller has locked the account, so that none is added meanwhile, or the sessions.
        """
        row_cache.mark_dirty(*map(Session.cache_key, sessionids))
        # By their ids alone: given the account too, PostgreSQL may compare them with each row of the account.
        endable = Session.objects.filter(pk__in=sessionids).endable(now).unmarked()
        ended = endable.update(**ending(action, actor, now), updated_at=now)
        count_revoked(action, ended)
        return ended

    def write_ending(self, sessionids: Sequence[str], end: Ending) -> int:
        """Write to these locked, unended sessions how they were ended together; return how many they are."""
        row_cache.mark_dirty(*map(Session.cache_key, sessionids))
        return (
            self.filter(pk__in=sessionids)
            .unmarked()
            .update(
                ended_at=end.at,
                ended_by_action=end.action,
                ended_by_kind=end.kind,
                ended_by_accountid=end.accountid,
                updated_at=Greatest("updated_at", models.Value(end.at)),
            )
        )


def _with_revocations(sessions: Any) -> Any:
    return sessions.annotate(found_revocation=revocation_of_row())


def _idle(now: datetime) -> models.Q:
    """The condition of `Session.is_idle`. A session that was never seen is as old as its last sign-in."""
    if not settings.SESSION_IDLE_TIMEOUT:
        return models.Q(pk__in=())
    since = now - timedelta(seconds=settings.SESSION_IDLE_TIMEOUT)
    return models.Q(last_seen_at__isnull=False, last_seen_at__lte=since)


class SessionManager(RecordManager["Session"]):
    def get_cached(self, given: str, seen: Snapshot | None = None) -> "Session":
        """Do what `RecordManager.get_cached` does, and read the account, which may say that the session has ended."""
        session = super().get_cached(given, seen)
        owners.remember(session.sessionid, session.account_id)
        try:
            session.account = Account.objects.get_cached(session.account_id, seen)
        except DashboardError:  # deleted meanwhile, with its sessions
            raise DashboardError(self.model.unknown) from None
        if session.ended_at is None and session.session_key_number != session.account.session_key_number:
            # Read at different times, the rows can make a kept session look ended. Read both at once.
            session = self.get_with(given, "account")
        return session

    def find_for_update(self, pk: str) -> "Session | None":
        """Do what `RecordManager.find_for_update` does, and read the revocation in the same query."""
        return prepared.select_for_update(Session, settings.APPID, pk, _with_revocations)

    def end_all(  # noqa: PLR0913  what ending has
        self, account: Account, action: Action, actor: Actor, now: datetime, but: str = "", *, limit: int = COUNT_LIMIT
    ) -> int:
        """End the sessions of a locked account except `but`, also idle ones; return how many, counted up to `limit`.

        Call it before the account gets a new session key. Usually there are no sessions; one prepared statement finds
        that out. If there are more than ROWS_AT_ONCE, only the account is written, and `but`.
        """
        (found,) = prepared.fetch_columns(self.unended_ids(account, now))
        sessionids = [it for it in found if it != but]
        if not sessionids:
            return 0
        if len(sessionids) <= ROWS_AT_ONCE:
            return self.end(sessionids, action, actor, now)  # type: ignore[attr-defined, no-any-return]
        return self.revoke(account, action, actor, now, (but,), limit)

    def unended_ids(self, account: Account, now: datetime) -> prepared.Column:
        """Build the ids of what `end_all` ends, at most two more than ROWS_AT_ONCE, for `prepared.fetch_columns`."""
        values = {"accountid": account.accountid, "number": account.session_key_number, "now": now}
        return prepared.column(_unended_ids, ROWS_AT_ONCE + 2, **values)

    def end_by_account(self, sessionids: Sequence[str]) -> bool:
        """Return whether these are too many for their rows to be written: the account ends them, by a new number."""
        return len(sessionids) > ROWS_AT_ONCE

    def pending_end_of(  # noqa: PLR0913, PLR0917  what ending has
        self, account: Account, sessionids: Sequence[str], action: Action, actor: Actor, now: datetime, but: str
    ) -> tuple[list[prepared.BulkChange], list[str]]:
        """Build what ends the sessions of a locked account except `but`, for `prepared.execute_together`.

        `sessionids` are what `unended_ids` has found, without `but`. Return the keys of rows to be marked, too. Those
        that `end_by_account` are ended at once, as by `end_all`. Call it before the account gets a new key.
        """
        if not sessionids:
            return [], []
        if self.end_by_account(sessionids):
            self.revoke(account, action, actor, now, (but,), COUNT_LIMIT)
            return [], []
        values: dict[str, Any] = {
            "accountid": account.accountid,
            "number": account.session_key_number,
            "now": now,
            "but": but,
            "by": actor.accountid or "",
        }
        change = prepared.update_all(_ending, ending(action, actor, now) | ENDED, **values)
        return [change.and_then(partial(count_revoked, action))], [Session.cache_key(it) for it in sessionids]

    def revoke(  # noqa: PLR0913, PLR0917  what ending has
        self, account: Account, action: Action, actor: Actor, now: datetime, but: Sequence[str], limit: int
    ) -> int:
        """End a locked account's sessions except `but` by giving its key a new number; return as `end_all`.

        Every check compares the numbers, even in the previous release. `purge_sessions` writes the rows later.
        """
        number = account.session_key_number
        # With these columns alone, without the APPID, only the index `session_active_of_account` is read.
        current = SessionQuerySet(Session).filter(account=account, session_key_number=number).unended(now)
        counted = current.values("expires_at")[: limit + len(but)].count()
        end = ending(action, actor, now)
        Revocation.objects.create(
            account=account,
            session_key_number=number,
            at=now,
            action=action,
            kind=end["ended_by_kind"],
            accountid=end["ended_by_accountid"],
        )
        account.use_next_session_key_number()
        account.save_fields("session_key_number", "session_key_revocations")
        kept = current.filter(pk__in=but).update(session_key_number=account.session_key_number)
        ended = min(counted - kept, limit)
        count_revoked(action, ended)
        return ended


def _unended(accountid: str, number: int, now: datetime) -> models.QuerySet["Session"]:
    """Select by the columns of the index `session_active_of_account` alone. The account implies the APPID."""
    return Session._base_manager.filter(account=accountid, session_key_number=number, ended_at=None, expires_at__gt=now)


def _unended_ids(most: int, **values: Any) -> models.QuerySet["Session", str]:
    return _unended(**values).values_list("pk", flat=True)[:most]


def _ending(but: str, by: str, **values: Any) -> models.QuerySet["Session"]:
    """Select the sessions of an account that end together. `by` is for the placeholder in ENDED."""
    return _unended(**values).exclude(pk=but)


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
    if sessions:
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

    found_revocation: Any = UNKNOWN  # see SessionQuerySet.with_revocations

    objects = SessionManager.from_queryset(SessionQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["appid", "-created_at", "-sessionid"], name="session_newest"),
            models.Index(fields=["account", "-created_at", "-sessionid"], name="session_newest_of_account"),
            models.Index(
                fields=["appid", "expires_at"], condition=models.Q(ended_at__isnull=True), name="session_active"
            ),
            models.Index(
                fields=["account", "session_key_number", "expires_at"],
                condition=models.Q(ended_at__isnull=True),
                name="session_active_of_account",
            ),
        ]

    def __str__(self) -> str:
        return str(self.sessionid)

    @classmethod
    def lookup_keys(cls, pk: str) -> tuple[str, ...]:
        return cls.cache_key(pk), owners.account_key(pk)

    def pending_end(self, action: Action, actor: Actor, now: datetime) -> prepared.Change:
        """End this endable session, and build the change that writes it, for `prepared.execute_together`.

        The revocation is counted in the metrics once it is committed.
        """
        columns = ending(action, actor, now)
        for column, value in columns.items():
            setattr(self, column, value)
        return self.pending_update(*columns).and_then(lambda: count_revoked(action, 1))

    @property
    def revocation(self) -> Ending | None:
        """How the session was ended together with its account's others, if its row does not say so yet.

        Without an annotation, compare with the account first, which is read if it is not loaded.
        """
        if self.ended_at is not None:
            return None
        found = self.found_revocation
        if found is UNKNOWN:
            is_current = self.session_key_number == self.account.session_key_number
            found = None if is_current else find_revocation(self.account_id, self.session_key_number)
        elif found is not None and not isinstance(found, Ending):
            found = Ending.parsed(found)
        self.found_revocation = found
        return found if found and self.expires_at > found.at else None

    @property
    def ending(self) -> Ending | None:
        """When the session was ended, by which operation and by whom; None for one that was not, or has expired."""
        if self.ended_at is None:
            return self.revocation
        return Ending(self.ended_at, self.ended_by_action, self.ended_by_kind, self.ended_by_accountid)

    def is_ended(self, now: datetime) -> bool:
        """Return whether the session was ended, by itself or with all of its account, has expired, or is idle."""
        return self._is_over(now) or self.revocation is not None

    def is_endable(self, now: datetime) -> bool:
        """Return whether an operation still has to end the session: it is active, or only idle.

        An idle one is ended, too, so that it stays ended whatever its last-seen time and SESSION_IDLE_TIMEOUT become.
        """
        return self.ended_at is None and self.expires_at > now and self.revocation is None

    def _is_over(self, now: datetime) -> bool:
        """Return whether the row itself says that the session has ended."""
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
        revoked = self.revocation
        ends = self.ended_at or (revoked.at if revoked else self.expires_at)
        return min(ends, self.last_seen_at + idle) if idle and self.last_seen_at else ends

    def is_proven_by(self, token: str) -> bool:
        """Return whether this is the session's token, hashed with the account's current session key."""
        return hashing.token_matches(self.token_hash, self.account_id, token, self.account.session_key)

    def is_valid(self, now: datetime) -> bool:
        """Return whether the session authenticates its account, given its token.

        If the account has a second factor, the session must have used one, no matter how and when it was created. A
        session with the current number of the account's session key has no revocation.
        """
        account = self.account
        return (
            self.session_key_number == account.session_key_number
            and (account.second_factor_since is None or self.second_factor_at is not None)
            and account.deleted_at is None
            and not self._is_over(now)
        )

    def is_proof_recent(self, now: datetime) -> bool:
        """Return whether the password was verified within the last SESSION_VERIFICATION_DELAY seconds."""
        return now - self.last_verified_at <= timedelta(seconds=settings.SESSION_VERIFICATION_DELAY)

    def as_json(self) -> JSON:
        ended, revoked = self.is_ended(timezone.now()), self.revocation
        updated_at = max(self.updated_at, revoked.at) if revoked else self.updated_at
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
                "updatedAt": isoformat(updated_at),
            }
        )
