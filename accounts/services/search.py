"""Search for accounts, as support staff do: by an id, a username, or a part of a name or of an email address.

The administrators' site and the commands search with this one function. Each query reads a bounded number of rows of an
index, however many accounts there are.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import permutations

from django.db.models import QuerySet

from accounts.models import Account, Profile, SearchEntry
from accounts.search_entries import fold
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN

TERM_LIMIT = 255  # characters, as many as a name or an address can have
WORDS_LIMIT = 6
ENTRIES_PER_ACCOUNT = 4  # how many entries of one account a term is likely to begin
PERMUTED_WORDS = 3  # of so many, every order is looked for
CANDIDATES_LIMIT = 500  # entries of the rarest word, among which the others are looked for


@dataclass(frozen=True)
class Matches:
    """The ids of the accounts that match a search term.

    `exact` are those with this id, username or email address, `partial` those with a part that begins with it. More
    accounts may match unless `is_complete`.
    """

    exact: frozenset[str] = frozenset()
    partial: frozenset[str] = frozenset()
    is_complete: bool = True

    @property
    def accountids(self) -> frozenset[str]:
        return self.exact | self.partial


def search_accounts(term: str, *, limit: int) -> Matches:
    """Find the accounts that match a search term, at most `limit` of each kind.

    A term matches exactly an account's or a profile's id, a username, or an email address in any case. It matches in
    part where a name or an email address has words that begin with it, regardless of case and accents: "lovel",
    "ada lov", "lovelace ada", "example.com".
    """
    term = term.strip()
    if not term or not is_storable(term):
        return Matches()
    if ID_PATTERN.fullmatch(term):
        return Matches(_ids(Account.objects.filter(pk=term)) | _owners(Profile.objects.filter(pk=term)))
    by_username = _ids(Account.objects.with_username(term))
    text = fold(term).lstrip("@")
    if not text or len(text) > TERM_LIMIT:
        return Matches(by_username)
    addresses = SearchEntry.objects.filter(text=text) if "@" in text else SearchEntry.objects.none()
    by_address, _ = _accountids(addresses, limit)
    partial, is_complete = _partial(text, limit)
    return Matches(by_username | by_address, partial, is_complete)


def _partial(text: str, limit: int) -> tuple[frozenset[str], bool]:
    """Return accounts with a name or an address of which a part begins with the text, or has its words in any order.

    Words need not follow each other, unless all of them are common and some accounts have them in a row.
    """
    words = list(dict.fromkeys(text.split()))[:WORDS_LIMIT]
    orders = permutations(words) if 1 < len(words) <= PERMUTED_WORDS else ()
    found: frozenset[str] = frozenset()
    for phrase in dict.fromkeys([text, *map(" ".join, orders)]):
        some, is_complete = _accountids(SearchEntry.objects.beginning(phrase), limit)
        found |= some
        if not is_complete:
            return found, False
    if len(words) == 1:
        return found, True
    others, is_complete = _with_all_words(words, limit)
    return (found | others, is_complete) if is_complete or not found else (found, True)


def _with_all_words(words: list[str], limit: int) -> tuple[frozenset[str], bool]:
    """Return accounts with a profile that has all words, wherever: those among the candidates of the rarest one."""
    candidates = min((_candidates(word) for word in words), key=len)
    entries = SearchEntry.objects.filter(profileid__in=set(candidates)).values_list("profileid", "text", "accountid")
    matched: dict[tuple[str, str], set[str]] = defaultdict(set)
    for profileid, text, accountid in entries:
        matched[profileid, accountid].update(word for word in words if text.startswith(word))
    found = list(dict.fromkeys(accountid for (_, accountid), its in matched.items() if len(its) == len(words)))
    return frozenset(found[:limit]), len(candidates) < CANDIDATES_LIMIT and len(found) <= limit


def _candidates(word: str) -> list[str]:
    """Return the profiles of the first entries that begin with a word."""
    entries = SearchEntry.objects.beginning(word).order_by("text")
    return list(entries.values_list("profileid", flat=True)[:CANDIDATES_LIMIT])


def _accountids(entries: QuerySet[SearchEntry], limit: int) -> tuple[frozenset[str], bool]:
    """Return the accounts of the first entries, at most `limit`, and whether these are all.

    The entries are limited instead of the accounts, because the database would read all of them to find different ones.
    """
    most = limit * ENTRIES_PER_ACCOUNT
    found = list(entries.order_by("text").values_list("accountid", flat=True)[:most])
    accountids = list(dict.fromkeys(found))
    return frozenset(accountids[:limit]), len(found) < most and len(accountids) <= limit


def _ids(accounts: QuerySet[Account]) -> frozenset[str]:
    return frozenset(accounts.values_list("pk", flat=True))


def _owners(profiles: QuerySet[Profile]) -> frozenset[str]:
    return frozenset(profiles.values_list("account", flat=True))
