"""The search for accounts of the site: by a name, an email address, a username or an id."""

from unfold.dataclasses import SearchResult

from accounts.models import Account
from accounts.services.search import find_accountids
from admin_site.pages.links import account_name, object_url

MATCHES_LIMIT = 200  # for each way to match
QUICK_RESULTS_LIMIT = 20


def matching_accountids(term: str, limit: int = MATCHES_LIMIT) -> set[str]:
    """Return the ids of the accounts that match, also by the beginning of a name or an email address."""
    return find_accountids(term.strip(), limit=limit, by_prefix=True)


def quick_results(term: str) -> list[SearchResult]:
    """Return matching accounts, newest first, for the search dialog."""
    pks = matching_accountids(term, QUICK_RESULTS_LIMIT)
    accounts = Account.objects.filter(pk__in=pks).select_related("profile").newest_first()
    return [SearchResult(account_name(it), it.pk, object_url(it), "person") for it in accounts[:QUICK_RESULTS_LIMIT]]
