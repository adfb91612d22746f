"""Search for accounts, as support staff do: by an id, a username, a name or an email address."""

from django.db.models import QuerySet

from accounts.models import Account, Profile, ProfileQuerySet
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN


def find_accountids(term: str, *, limit: int, by_prefix: bool = False) -> set[str]:
    """Return the ids of the accounts that match a search term, at most `limit` for each way to match.

    An id matches the account itself or the owner of a profile. Other terms match an exact username, or an email address
    of a profile in any case. With `by_prefix`, the beginning of a name or of an email address matches as well.
    """
    if not term or not is_storable(term):
        return set()
    if ID_PATTERN.fullmatch(term):
        return _ids(Account.objects.filter(pk=term)) | _owners(Profile.objects.filter(pk=term), limit)
    return _ids(Account.objects.with_username(term)).union(
        *(_owners(profiles, limit) for profiles in _matching_profiles(term, by_prefix=by_prefix))
    )


def _matching_profiles(term: str, *, by_prefix: bool) -> list[ProfileQuerySet]:
    """Return one query per column, so that each can use the index of its column."""
    if by_prefix:
        return [Profile.objects.beginning(it, term) for it in (*ProfileQuerySet.EMAILS, *ProfileQuerySet.NAMES)]
    return [Profile.objects.with_email(it, term).distinct() for it in ProfileQuerySet.EMAILS]


def _ids(accounts: QuerySet[Account]) -> set[str]:
    return set(accounts.values_list("pk", flat=True))


def _owners(profiles: QuerySet[Profile], limit: int) -> set[str]:
    return set(profiles.values_list("account", flat=True)[:limit])
