"""Addresses of rows, and links to them."""

from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html

from accounts.models import Account


def object_url(row: Model) -> str:
    """Return the address of a row's page."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=(row.pk,))


def object_link(row: Model, text: Any = "") -> str:
    """Return a link to a row's page, labelled with `text` or with its id."""
    return format_html('<a href="{}" class="text-link">{}</a>', object_url(row), text or row.pk)


def account_name(account: Account) -> str:
    """Return the name or email address in the account's default profile, or the account's id if there is none."""
    profile = account.profile
    name = profile and (profile.full_name or profile.display_name or profile.contact_email or profile.display_email)
    return name or account.accountid


def account_email(account: Account) -> str:
    """Return the email address in the account's default profile, or an empty text."""
    profile = account.profile
    return (profile.contact_email or profile.display_email) if profile else ""


def breakable(email: str) -> str:
    """Return an email address that a narrow column breaks before its domain."""
    name, at, domain = email.rpartition("@")
    return format_html("{}<wbr>{}", name, at + domain) if at else email


def two_lines(first: str | None, second: str | None) -> str:
    """Return a cell with a text or a link, and smaller text below it; with one line if one of them is empty."""
    if not (first and second):
        return first or second or ""
    return format_html('<span class="two-lines"><span>{}</span> <span>{}</span></span>', first, second)


def account_link(account: Account) -> str:
    """Return a link to an account's page by its name, with the email address below it if that is something else."""
    name, email = account_name(account), account_email(account)
    return two_lines(object_link(account, name), breakable(email) if email != name else "")
