"""Search for accounts by what callers know about them: a name, an email address, a username or an id."""

from django.db.models import QuerySet
from unfold.dataclasses import SearchResult

from accounts.models import Account, Profile, ProfileQuerySet
from admin_site.pages.links import account_name, object_url
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN

MATCHES_LIMIT = 200  # a column
QUICK_RESULTS_LIMIT = 20
PROFILE_COLUMNS = (*ProfileQuerySet.EMAILS, *ProfileQuerySet.NAMES)


def matching_accountids(term: str, limit: int = MATCHES_LIMIT) -> set[str]:
    """Return the ids of the accounts that match a search term, at most `limit` for each searched column.

    A term matches an account by its id, the id of one of its profiles, its exact username (which is looked up by its
    hash), or the start of a name or email address in one of its profiles, regardless of case.
    """
    term = term.strip()
    if not term or not is_storable(term):
        return set()
    if ID_PATTERN.fullmatch(term):
        return {*_pks(Account.objects.filter(pk=term)), *_accountids(Profile.objects.filter(pk=term), limit)}
    by_username = _pks(Account.objects.with_username(term))
    by_profile = (_accountids(Profile.objects.beginning(column, term), limit) for column in PROFILE_COLUMNS)
    return by_username.union(*by_profile)


def quick_results(term: str) -> list[SearchResult]:
    """Return matching accounts, newest first, for the search dialog."""
    pks = matching_accountids(term, QUICK_RESULTS_LIMIT)
    accounts = Account.objects.filter(pk__in=pks).select_related("profile").newest_first()
    return [SearchResult(account_name(it), it.pk, object_url(it), "person") for it in accounts[:QUICK_RESULTS_LIMIT]]


def _pks(accounts: QuerySet[Account]) -> set[str]:
    return set(accounts.values_list("pk", flat=True))


def _accountids(profiles: QuerySet[Profile], limit: int) -> set[str]:
    return set(profiles.values_list("account", flat=True)[:limit])
