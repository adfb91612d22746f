"""The site's search for accounts."""

from unfold.dataclasses import SearchResult

from accounts.models import Account
from accounts.services.search import search_accounts
from admin_site.pages.links import account_email, account_name, object_url

QUICK_RESULTS_LIMIT = 20


def quick_results(term: str) -> list[SearchResult]:
    """Return matching accounts for the search dialog: those that match exactly first, then the newest."""
    matches = search_accounts(term, limit=QUICK_RESULTS_LIMIT)
    accounts = Account.objects.filter(pk__in=matches.accountids).select_related("profile").newest_first()
    exact_first = sorted(accounts, key=lambda it: it.pk not in matches.exact)
    return [
        SearchResult(account_name(it), _description(it), object_url(it), "person")
        for it in exact_first[:QUICK_RESULTS_LIMIT]
    ]


def _description(account: Account) -> str:
    email = account_email(account)
    return f"{email} \u00b7 {account.pk}" if email else account.pk
