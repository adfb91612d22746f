"""Finding an account by what somebody says on the phone."""

from django.db.models import QuerySet
from unfold.dataclasses import SearchResult

from accounts.models import Account, Profile, ProfileQuerySet
from admin_site.pages.links import name_of, url_of
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN

MOST = 200
QUICK_RESULTS = 20
COLUMNS = (*ProfileQuerySet.EMAILS, *ProfileQuerySet.NAMES)


def found(term: str, most: int = MOST) -> set[str]:
    """The ids of the accounts, at most so many a way of looking, that a search means.

    It means an account by its id, that of one of its profiles or its exact username, which is hashed to look it up, or
    by how a name or an email address of a profile begins, in upper or lower case.
    """
    term = term.strip()
    if not term or not is_storable(term):
        return set()
    if ID_PATTERN.fullmatch(term):
        return {*_ids(Account.objects.filter(pk=term)), *_owners(Profile.objects.filter(pk=term), most)}
    by_username = _ids(Account.objects.with_username(term))
    return by_username.union(*(_owners(Profile.objects.beginning(column, term), most) for column in COLUMNS))


def quick_results(term: str) -> list[SearchResult]:
    """Accounts that are found, the newest first, for the search of every page."""
    accounts = Account.objects.filter(pk__in=found(term, QUICK_RESULTS)).select_related("profile").newest_first()
    return [SearchResult(name_of(it), it.pk, url_of(it), "person") for it in accounts[:QUICK_RESULTS]]


def _ids(accounts: QuerySet[Account]) -> set[str]:
    return set(accounts.values_list("pk", flat=True))


def _owners(profiles: QuerySet[Profile], most: int) -> set[str]:
    return set(profiles.values_list("account", flat=True)[:most])
