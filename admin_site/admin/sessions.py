"""The list of sessions, and the page of each."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.contrib.admin import display
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from admin_site.actions.admin import ServiceActionAdmin
from admin_site.actions.sessions import SESSION_ACTIONS
from admin_site.admin.base import AccountRelatedAdmin
from admin_site.admin.filters import AccountFilter, CreatedBetweenFilter, CreatedRecentlyFilter, ExplainedFilter
from admin_site.pages.links import account_name
from admin_site.pages.references import References
from admin_site.pages.tables import client, client_lines, end_reason, local_time
from sessions_app.models import Session


class SessionStateFilter(ExplainedFilter):
    title = "state"
    help_text = "A session is a browser or app that is signed in."
    explanations: ClassVar = {"active": "Neither ended nor expired, nor idle for too long: its browser is signed in."}
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [("active", "Active")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        return queryset.active(timezone.now()) if self.value() == "active" else queryset  # type: ignore[attr-defined]


class SessionAdmin(AccountRelatedAdmin, ServiceActionAdmin):
    export_name = "sessions"
    service_actions = SESSION_ACTIONS
    empty_advice = "Sessions appear here when people sign in."
    list_display = ("row_id", "account_link", "state", "client", "last_seen", "expires", "created")
    optional_columns = ("last_seen", "expires")
    list_filter = (SessionStateFilter, CreatedRecentlyFilter, CreatedBetweenFilter, AccountFilter)
    fields = ("row_id", "account_link", "user_agent", "ip_address", "created", "last_seen", "verified", "state")
    readonly_fields = ("row_id", "account_link", "created", "last_seen", "verified", "state")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        return super().get_queryset(request).with_revocations()  # type: ignore[attr-defined, no-any-return]

    def references_of(self, rows: list[Any]) -> References:
        return References.of_sessions(rows)

    def describe(self, row: Session) -> str:
        return f"{account_name(row.account)}: {client(row, unknown='an unknown client')}"

    @display(description="From")
    def client(self, session: Session) -> str:
        return client_lines(session)

    @display(description="Expires")
    def expires(self, session: Session) -> str:
        return local_time(session.expires_at)

    @display(description="Last seen")
    def last_seen(self, session: Session) -> str:
        return local_time(session.last_seen_at)

    @display(description="Password confirmed")
    def verified(self, session: Session) -> str:
        return local_time(session.last_verified_at)

    @display(description="State")
    def state(self, session: Any) -> str:
        return end_reason(session, session.references) if session.is_ended(timezone.now()) else "Active"
