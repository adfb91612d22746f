"""Events: one row for each operation, recorded in its transaction and never changed."""

import re
from typing import Any, ClassVar, NoReturn, Self

from django.db import models
from django.utils import timezone

from dashboard.core.errors import DashboardError, ErrorCode
from dashboard.core.json import JSON, isoformat, without_none
from dashboard.models import ID_PATTERN, NewestFirstQuerySet, TenantManager, current_appid

ANOTHER = "another account"  # stands for the kind of an actor that the reader may not identify
EVENTID_PATTERN = re.compile(r"evnt_([0-9a-f]{16})")


class Action(models.TextChoices):
    """The operations that are recorded: the name in routes and services, and the label for people."""

    CREATE_ACCOUNT = "create-account", "Account created"
    DELETE_ACCOUNT = "delete-account", "Account deleted"
    SET_ACCOUNT_DELETED = "set-account-deleted", "Deletion scheduled"
    RESET_ACCOUNT_DELETED = "reset-account-deleted", "Deletion cancelled"
    SET_ACCOUNT_ADMINISTRATOR = "set-account-administrator", "Made administrator"
    RESET_ACCOUNT_ADMINISTRATOR = "reset-account-administrator", "Administrator role revoked"
    SET_OWNER_ACCOUNT = "set-owner-account", "Made owner"
    SET_ACCOUNT_PASSWORD = "set-account-password", "Password changed"
    RESET_ACCOUNT_PASSWORD = "reset-account-password", "Password reset with a code"
    SET_ACCOUNT_USERNAME = "set-account-username", "Username changed"
    SET_ACCOUNT_PROFILE = "set-account-profile", "Default profile changed"
    RESET_SESSION_KEY = "reset-session-key", "All sessions ended"
    CREATE_PROFILE = "create-profile", "Profile created"
    UPDATE_PROFILE = "update-profile", "Profile changed"
    DELETE_PROFILE = "delete-profile", "Profile deleted"
    CREATE_SESSION = "create-session", "Signed in"
    SET_SESSION_ENDED = "set-session-ended", "Session ended"
    SET_SESSION_VERIFIED = "set-session-verified", "Password confirmed"
    END_OTHER_SESSIONS = "end-other-sessions", "Other sessions ended"
    END_OLDEST_SESSIONS = "end-oldest-sessions", "Oldest session ended"  # by a sign-in; see MAXIMUM_SESSIONS
    END_SESSIONS = "end-sessions", "Sessions ended in bulk"
    CREATE_CREDENTIAL = "create-credential", "Service credential created"
    REVOKE_CREDENTIAL = "revoke-credential", "Service credential revoked"
    CREATE_RESET_CODE = "create-reset-code", "Reset code created"
    DELETE_RESET_CODE = "delete-reset-code", "Reset code revoked"
    START_SECOND_STEP = "start-second-step", "Password accepted; second step asked for"
    CREATE_SECOND_FACTOR = "create-second-factor", "Second factor set up, not confirmed yet"
    CONFIRM_SECOND_FACTOR = "confirm-second-factor", "Second factor added"
    UPDATE_SECOND_FACTOR = "update-second-factor", "Second factor renamed"
    DELETE_SECOND_FACTOR = "delete-second-factor", "Second factor removed"
    REMOVE_SECOND_FACTORS = "remove-second-factors", "All second factors removed"
    CREATE_RECOVERY_CODES = "create-recovery-codes", "Recovery codes created"
    USE_RECOVERY_CODE = "use-recovery-code", "Recovery code used"
    UNLOCK_ACCOUNT = "unlock-account", "Account unlocked"
    REFUSE_SIGN_IN = "refuse-sign-in", "Sign-in refused"  # a wrong username, password or reset code, on any route
    REFUSE_ACCESS = "refuse-access", "Access refused"  # the first of a burst; see events/services/bursts.py
    VIEW_ACCOUNT = "view-account", "Account viewed"  # by an administrator, on the site; likewise
    CREATE_WEBHOOK = "create-webhook", "Webhook created"
    ROTATE_WEBHOOK_SECRET = "rotate-webhook-secret", "Secret of a webhook replaced"
    DISABLE_WEBHOOK = "disable-webhook", "Webhook disabled"
    ENABLE_WEBHOOK = "enable-webhook", "Webhook enabled"
    DELETE_WEBHOOK = "delete-webhook", "Webhook deleted"
    SEND_AGAIN = "send-again", "Events sent to a webhook again"
    DELETE_FEED_READERS = "delete-feed-readers", "Readers of the feed forgotten"
    IMPORT_NODE_DASHBOARD = "import-node-dashboard", "Imported from the Node Dashboard"
    EXPORT_LIST = "export-list", "List exported"
    FINISH_EXPORT = "finish-export", "Export finished"
    AFTER_RESTORE = "after-restore", "Restored from a backup"


class CurrentTransaction(models.Func):
    """The number of the transaction that writes a row, on PostgreSQL; nothing elsewhere. A default of the database."""

    template = "NULL"
    output_field = models.BigIntegerField()

    def as_postgresql(self, compiler: Any, connection: Any) -> Any:
        return self.as_sql(compiler, connection, template="pg_current_xact_id()::text::bigint")


BY_ANOTHER = ~models.Q(actor_accountid="") & ~models.Q(actor_accountid=models.F("accountid"))


class AppendOnlyError(Exception):
    """Raised by attempts to change or delete an event."""


class EventQuerySet(NewestFirstQuerySet["Event"]):
    def by_on_others(self, accountid: str) -> Self:
        """Select what this account did to other accounts. BY_ANOTHER repeats the condition of the partial index."""
        return self.filter(BY_ANOTHER, actor_accountid=accountid)

    def update(self, **changes: Any) -> NoReturn:
        raise AppendOnlyError

    def delete(self) -> NoReturn:
        raise AppendOnlyError

    def bulk_create(self, *args: Any, **options: Any) -> Any:
        if options.get("update_conflicts"):
            raise AppendOnlyError
        return super().bulk_create(*args, **options)

    def get_or_refuse(self, given: str) -> "Event":
        """Return the event with this id on the wire. Raises invalid-eventid (404 unknown)."""
        match = EVENTID_PATTERN.fullmatch(given)
        event = self.filter(pk=int(match[1], 16)).first() if match else None
        if event is None:
            raise DashboardError(ErrorCode.EVENTID_UNKNOWN)
        return event

    def of_account(self, accountid: str) -> Self:
        """Select the events of an account: all for an empty id, none for a malformed one."""
        if not accountid:
            return self
        return self.filter(accountid=accountid) if ID_PATTERN.fullmatch(accountid) else self.none()

    def of_action(self, action: str) -> Self:
        """Select the events of an operation: all for an empty name, none for an unknown one."""
        if not action:
            return self
        return self.filter(action=action) if action in Action.values else self.none()


class Event(models.Model):
    """An operation. It has ids of rows instead of foreign keys, because it outlives them."""

    appid = models.CharField(max_length=255, default=current_appid)
    action = models.CharField(max_length=40)
    accountid = models.CharField(
        max_length=21, blank=True, help_text="The account concerned; empty if a sign-in named none."
    )
    targetid = models.CharField(
        max_length=21, blank=True, help_text="The session, profile, reset code or service credential concerned."
    )
    actor_kind = models.CharField(max_length=20)
    actor_accountid = models.CharField(max_length=21, blank=True)
    actor_credentialid = models.CharField(
        max_length=21, blank=True, default="", db_default="", help_text="The service credential of the request, if any."
    )
    refusal = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="The error code of a refused sign-in."
    )
    details = models.CharField(
        max_length=255, blank=True, default="", db_default="", help_text="What else there is to know, such as a filter."
    )
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    transaction_id = models.BigIntegerField(
        null=True,
        blank=True,
        editable=False,
        db_default=CurrentTransaction(),
        help_text="In which transaction of PostgreSQL it was written; see docs/decisions/0017-feed.md.",
    )

    objects = TenantManager.from_queryset(EventQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["appid", "accountid", "-created_at"], name="event_of_account"),
            models.Index(fields=["appid", "action", "created_at"], name="event_of_action"),
            models.Index(fields=["appid", "-created_at", "-id"], name="event_newest"),
            models.Index(
                fields=["appid", "actor_accountid", "-created_at", "-id"], condition=BY_ANOTHER, name="event_by_another"
            ),
            models.Index(
                fields=["appid", "transaction_id", "id"],
                condition=models.Q(transaction_id__isnull=False),
                name="event_of_transaction",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.accountid}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnlyError
        super().save(*args, **kwargs | {"force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AppendOnlyError

    @property
    def public_id(self) -> str:
        """Return the id on the wire."""
        return f"evnt_{self.pk:016x}"

    def as_json(self) -> JSON:
        return without_none(
            {
                "eventid": self.public_id,
                "object": "event",
                "appid": self.appid,
                "action": self.action,
                "accountid": self.accountid or None,
                "targetid": self.targetid or None,
                "refusal": self.refusal or None,
                "details": self.details or None,
                "actorKind": self.actor_kind,
                "actorAccountid": self.actor_accountid or None,
                "actorCredentialid": self.actor_credentialid or None,
                "ipAddress": self.ip_address,
                "userAgent": self.user_agent or None,
                "createdAt": isoformat(self.created_at),
            }
        )


class DailyFigure(models.Model):
    """The count of one day: of an operation, or of a metric.

    With the name of an action, it is the sum of that operation's events (rollup.py). With the name of a metric, it is
    added to what the events count. Without a day, it is added to the total only.
    """

    appid = models.CharField(max_length=255, default=current_appid)
    name = models.CharField(max_length=40)
    day = models.DateField(null=True, blank=True)
    value = models.PositiveBigIntegerField()

    objects = TenantManager["DailyFigure"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appid", "name", "day"], name="daily_figure"),
            models.UniqueConstraint(fields=["appid", "name"], condition=models.Q(day=None), name="figure_without_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.day}: {self.value}"


class FeedState(models.Model):
    """What readers of the feed must know about the past of an APPID's events: one row.

    `history` names the series of PostgreSQL's transaction numbers, which starts anew in another cluster, and when a
    backup is restored (`feed_history.py`). Events up to `foreign_through` are older, and their numbers mean nothing.
    """

    appid = models.CharField(max_length=255, default=current_appid, unique=True)
    history = models.CharField(max_length=40, blank=True)
    foreign_through = models.BigIntegerField(default=0)
    purged_through = models.BigIntegerField(default=0, help_text="The largest id of an event that was purged.")
    purged_transaction_id = models.BigIntegerField(
        default=0, help_text="The largest transaction number of one, in this history."
    )
    begun_history = models.CharField(
        max_length=8,
        blank=True,
        default="",
        db_default="",
        help_text="Made up when a backup was restored; a part of the history.",
    )

    objects = TenantManager["FeedState"]()

    def __str__(self) -> str:
        return f"feed of {self.appid}"


class FeedReader(models.Model):
    """A registered reader of the feed: `purge_events` keeps the events that it has not confirmed yet."""

    appid = models.CharField(max_length=255, default=current_appid)
    owner = models.CharField(max_length=21, blank=True, help_text="The service credential or webhook that reads.")
    name = models.CharField(max_length=50)
    cursor = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(default=timezone.now, help_text="When it has last said how far it is.")

    objects = TenantManager["FeedReader"]()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["appid", "owner", "name"], name="feed_reader"),
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.name}".strip()
