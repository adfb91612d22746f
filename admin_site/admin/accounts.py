"""The list of accounts, and the page of each."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.models import Account
from admin_site.actions.accounts import ACCOUNT_ACTIONS
from admin_site.actions.admin import ServiceActionAdmin
from admin_site.admin.base import search_for
from admin_site.admin.filters import CREATED_PARAMETERS, CreatedBetweenFilter, CreatedRecentlyFilter, ExplainedFilter
from admin_site.admin.keyset import CREATED
from admin_site.pages import tables
from admin_site.pages.account_status import badges, explain
from admin_site.pages.home import WEEK
from admin_site.pages.links import account_email, account_name, breakable, object_url
from admin_site.pages.ownership import own_mark
from admin_site.pages.tables import EMPTY_CELL, local_time
from admin_site.requests import AdminRequest, actor_of
from events.models import Event
from events.services.bursts import record_view
from second_factors.models import SecondFactor
from second_factors.services import recovery_codes

SHORT_TABLE_LIMIT = 5
LONG_TABLE_LIMIT = 10
MATCHES_LIMIT = 200
SIGNED_IN = "last_signed_in_at"


class AccountStateFilter(ExplainedFilter):
    title = "state"
    help_text = "Most accounts are in none of these states."
    explanations: ClassVar = {
        "locked": "After too many wrong passwords, sign-ins from new places have to wait a while.",
        "scheduled": "Nobody can sign in. The deletion can be cancelled until it is due.",
        "due": "After that time the deletion can no longer be cancelled.",
        "administrators": "They can sign in to this site. One of them is the owner.",
    }
    parameter_name = "state"
    QUERIES: ClassVar[dict[str | None, tuple[str, Callable[[Any], QuerySet[Any]]]]] = {
        "locked": ("Locked", lambda accounts: accounts.locked_out(timezone.now())),
        "scheduled": ("Scheduled for deletion", lambda accounts: accounts.deleted()),
        "due": ("Due for deletion within a week", lambda accounts: accounts.due(timezone.now() + WEEK)),
        "administrators": ("Administrators", lambda accounts: accounts.administrators()),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [(str(name), title) for name, (title, _) in self.QUERIES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return self.QUERIES[self.value()][1](queryset) if self.value() in self.QUERIES else queryset


class LastSignInFilter(ExplainedFilter):
    """Limit the list to accounts that have signed in lately, not for long, or never."""

    title = "last sign-in"
    help_text = "When the account was last signed in to."
    explanations: ClassVar = {"never": "Registered or created, and not used since."}
    parameter_name = "signed-in"
    NEVER = "never"
    RANGES: ClassVar[dict[str, tuple[str, str, timedelta]]] = {
        "1": ("In the last 24 hours", "gte", timedelta(days=1)),
        "7": ("In the last 7 days", "gte", timedelta(days=7)),
        "30": ("In the last 30 days", "gte", timedelta(days=30)),
        "before-90": ("More than 90 days ago", "lt", timedelta(days=90)),
        "before-365": ("More than a year ago", "lt", timedelta(days=365)),
    }

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, str]]:
        return [*((name, title) for name, (title, _, _) in self.RANGES.items()), (self.NEVER, "Never")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == self.NEVER:
            return queryset.filter(last_signed_in_at__isnull=True)
        if self.value() not in self.RANGES:
            return queryset
        _, comparison, ago = self.RANGES[str(self.value())]
        return queryset.filter(**{f"{SIGNED_IN}__{comparison}": timezone.now() - ago})


class AccountAdmin(ServiceActionAdmin):
    export_name = "accounts"
    service_actions = ACCOUNT_ACTIONS
    list_display = (
        "account",
        "email",
        "phone",
        "state",
        "wrong_passwords",
        "last_signed_in",
        "password_set",
        "created",
    )
    optional_columns = ("phone", "wrong_passwords", "password_set")
    list_filter = (AccountStateFilter, LastSignInFilter, CreatedRecentlyFilter, CreatedBetweenFilter)
    prefetch = ("profile",)
    search_fields = ("accountid",)  # only shows the search field: get_search_results decides what matches
    search_help_text = "Name, email, domain, username or ID"
    search_explanation = (
        "The search looked for an account or profile with this ID, for this exact username, and for names and email"
        " addresses with words that begin like this or have it inside."
    )
    search_advice = (
        "Try fewer letters or one word alone, such as the last name or the domain of the email address. From inside a"
        " word, type at least three letters. Usernames must be complete, with the same capital letters."
    )

    @display(description="Account", header=True)
    def account(self, account: Account) -> list[str]:
        name = account_name(account)
        return [name, account.accountid if name != account.accountid else "No name or email"]

    @display(description="Email")
    def email(self, account: Account) -> str:
        return breakable(account_email(account)) or EMPTY_CELL

    @display(description="State")
    def state(self, account: Account) -> str:
        return render_to_string("admin_site/badges.html", {"badges": badges(account)})

    @display(description="Phone")
    def phone(self, account: Account) -> str:
        return (account.profile and account.profile.phone) or EMPTY_CELL

    @display(description="Wrong passwords")
    def wrong_passwords(self, account: Account) -> str:
        return f"{account.failed_sign_ins:,}"

    @display(description="Password changed")
    def password_set(self, account: Account) -> str:
        return local_time(account.password_last_changed_at)

    @display(description="Last signed in", ordering=SIGNED_IN)
    def last_signed_in(self, account: Account) -> str:
        return local_time(account.last_signed_in_at) if account.last_signed_in_at else "Never"

    @display(description="Created", ordering=CREATED)
    def created(self, account: Account) -> str:
        return local_time(account.created_at)

    def describe(self, row: Account) -> str:
        return account_name(row)

    def return_url(self, row: Account) -> str:
        """Return to the account's page after an action, or to the list if the account was deleted."""
        exists = Account.objects.filter(pk=row.pk).exists()
        return object_url(row) if exists else reverse("admin:accounts_account_changelist")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=search_for(request, search_term, MATCHES_LIMIT)), False

    def sortable_columns(self, request: HttpRequest) -> Sequence[str]:
        """Sort by the time that a filter limits, so that one index serves both."""
        signed_in = request.GET.get(LastSignInFilter.parameter_name)
        if signed_in in LastSignInFilter.RANGES:
            return (SIGNED_IN,)
        if signed_in == LastSignInFilter.NEVER or any(request.GET.get(name) for name in CREATED_PARAMETERS):
            return (CREATED,)
        return (CREATED, SIGNED_IN)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show an account's status, actions, profiles, sessions, reset codes and history."""
        account: Account = self.get_object(request, object_id)
        record_view(account.pk, actor_of(cast("AdminRequest", request)))
        context = {
            **self.admin_site.each_context(request),
            **_account_context(account, cast("AdminRequest", request)),
            "buttons": self.buttons(account, cast("AdminRequest", request)),
            "opts": self.opts,
            "title": account_name(account),
            "original": account,
        }
        return render(request, "admin_site/account.html", context)


def _account_context(account: Account, request: AdminRequest) -> dict[str, Any]:
    now = timezone.now()
    sessions, history = account.sessions.with_revocations().newest_first(), Event.objects.filter(accountid=account.pk)
    profiles, codes = account.profiles.newest_first(), account.reset_codes.newest_first()
    return {
        "account": account,
        "badges": badges(account),
        "explanation": explain(account),
        "facts": _facts(account),
        "profiles": tables.profiles(profiles[:SHORT_TABLE_LIMIT], account.profile_id),
        "own_mark": own_mark(account, request),
        "active": tables.active_sessions(sessions.active(now)[:LONG_TABLE_LIMIT], request.auth.pk),
        "ended": tables.ended_sessions(sessions.ended(now)[:SHORT_TABLE_LIMIT]),
        **(_second_factors(account) if account.second_factor_since else {}),
        "codes": tables.reset_codes(codes[:SHORT_TABLE_LIMIT]),
        "history": tables.events(history.order_by("-created_at", "-pk")[:LONG_TABLE_LIMIT]),
    }


def _second_factors(account: Account) -> dict[str, Any]:
    factors = SecondFactor.objects.filter(account=account).confirmed().newest_first()
    return {"factors": tables.second_factors(factors), "codes_left": recovery_codes.count_unused(account.pk)}


def _facts(account: Account) -> list[tuple[str, str]]:
    """Return what is known of an account. What has never happened is left out."""
    times = [
        ("Created", account.created_at),
        ("Last signed in", account.last_signed_in_at),
        ("Password changed", account.password_last_changed_at),
        ("Username changed", account.username_last_changed_at),
        ("Reset code created", account.reset_code_last_created_at),
        ("Reset code used", account.reset_code_last_used_at),
        ("All sessions ended", account.session_key_last_reset_at),
        ("Signs in with a second factor since", account.second_factor_since),
    ]
    return [("Account ID", account.accountid), *((name, local_time(time)) for name, time in times if time)]
