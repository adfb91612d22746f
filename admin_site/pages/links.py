"""Rows by their names, as links to their pages."""

from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import Account


def url_of(row: Model) -> str:
    """The row's own page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=(row.pk,))


def link(row: Model, text: Any = "") -> str:
    """To the row's own page."""
    return format_html('<a href="{}" class="text-link">{}</a>', url_of(row), text or row.pk)


def name_of(account: Account) -> str:
    """How its owner is called, as far as the default profile tells; otherwise the id."""
    profile = account.profile
    found = profile and (profile.full_name or profile.display_name or profile.contact_email or profile.display_email)
    return found or account.accountid
