"""The list of accounts, and the page of each."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, cast

from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from unfold.decorators import display

from accounts.models import Account
from admin_site.actions.accounts import OPERATIONS
from admin_site.actions.admin import OperableList
from admin_site.admin.base import Between, Created
from admin_site.pages import tables
from admin_site.pages.account_status import badges, explain
from admin_site.pages.home import WEEK
from admin_site.pages.links import name_of, url_of
from admin_site.pages.search import found
from admin_site.requests import AdminRequest
from events.models import Event

FEW = 5
SOME = 10


class State(SimpleListFilter):
    title = "state"
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


class Accounts(OperableList):
    operations = OPERATIONS
    list_display = ("who", "state", "last_signed_in", "created")
    list_filter = (State, Created, Between)
    with_rows = ("profile",)
    search_fields = ("accountid",)  # shows the field; get_search_results says what is looked for
    search_help_text = "Name or email (how it begins), username (exactly), account id or profile id"

    @display(description="Account", header=True)
    def who(self, account: Account) -> list[str]:
        return [name_of(account), account.accountid]

    @display(description="State")
    def state(self, account: Account) -> str:
        return render_to_string("admin_site/badges.html", {"badges": badges(account)})

    @display(description="Last signed in")
    def last_signed_in(self, account: Account) -> str:
        return tables.moment(account.last_signed_in_at) if account.last_signed_in_at else "Never"

    @display(description="Created")
    def created(self, account: Account) -> str:
        return tables.moment(account.created_at)

    def describe(self, row: Account) -> str:
        return name_of(row)

    def where_after(self, row: Account) -> str:
        exists = Account.objects.filter(pk=row.pk).exists()
        return url_of(row) if exists else reverse("admin:accounts_account_changelist")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Account], search_term: str
    ) -> tuple[QuerySet[Account], bool]:
        return (queryset.filter(pk__in=found(search_term)) if search_term else queryset), False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        account: Account = self.get_object(request, object_id)
        context = {**self.admin_site.each_context(request), **_page(account)}
        context["buttons"] = self.buttons(account, cast("AdminRequest", request))
        return render(
            request,
            "admin_site/account.html",
            {**context, "opts": self.opts, "title": name_of(account), "original": account},
        )


def _page(account: Account) -> dict[str, Any]:
    now = timezone.now()
    sessions, history = account.sessions.newest_first(), Event.objects.filter(accountid=account.pk)
    return {
        "account": account,
        "badges": badges(account),
        "explanation": explain(account),
        "facts": _facts(account),
        "profiles": tables.profiles(account.profiles.newest_first()[:FEW], account.profile_id),
        "active": tables.active_sessions(sessions.active(now)[:SOME]),
        "ended": tables.ended_sessions(sessions.ended(now)[:FEW]),
        "codes": tables.reset_codes(account.reset_codes.newest_first()[:FEW]),
        "history": tables.events(history.order_by("-created_at", "-pk")[:SOME]),
    }


def _facts(account: Account) -> list[tuple[str, str]]:
    return [
        ("Account", account.accountid),
        ("Created", tables.moment(account.created_at)),
        ("Last signed in", tables.moment(account.last_signed_in_at)),
        ("Password changed", tables.moment(account.password_last_changed_at)),
        ("Username changed", tables.moment(account.username_last_changed_at)),
        ("Reset code created", tables.moment(account.reset_code_last_created_at)),
        ("Reset code used", tables.moment(account.reset_code_last_used_at)),
        ("All sessions ended", tables.moment(account.session_key_last_reset_at)),
    ]
