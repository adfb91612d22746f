"""In which state an account is, for somebody who has its owner on the phone."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Account


@dataclass(frozen=True)
class Badge:
    """A word or two; `variant` is one of the theme's colours."""

    text: str
    variant: str


def badges(account: Account) -> list[Badge]:
    """What is special about an account; none for most."""
    found = []
    if account.owner_since:
        found.append(Badge("Owner", "primary"))
    elif account.administrator_since:
        found.append(Badge("Administrator", "info"))
    if account.deleted_at:
        found.append(Badge(f"Deletion on {day(account)}", "danger"))
    return found


def day(account: Account) -> str:
    """The day on which the account is due to be deleted."""
    return date_format(timezone.localtime(account.deleted_at), "j M Y")


def obstacles(account: Account) -> list[str]:
    """Why somebody cannot get in, a sentence a reason; none where nothing is in the way."""
    found = []
    if account.deleted_at and account.deleted_at > timezone.now():
        found.append(
            f"The account is scheduled for deletion on {day(account)}. Until then the deletion can be cancelled."
        )
    elif account.deleted_at:
        found.append("The account was due to be deleted, and can no longer be restored.")
    if account.last_signed_in_at is None:
        found.append("Nobody has ever signed in to it. Perhaps they use another username than they registered.")
    return found
