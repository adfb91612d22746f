"""Search for accounts, as support staff do: by an id, a username, or a part of a name or of an email address.

The administrators' site and the commands search with this one function. Each query reads a bounded number of rows of an
index, however many accounts there are.
"""

from dataclasses import dataclass
from itertools import permutations

from django.db.models import QuerySet

from accounts.models import Account, Profile, SearchEntry
from accounts.search_entries import COLUMNS, MIDDLE_LENGTH, MIDDLE_MARK, SEPARATORS, fold, split, texts_of
from dashboard.core.text import MAX_NORMALIZED, is_storable
from dashboard.models import ID_PATTERN

TERM_LIMIT = 255  # characters, as many as a name or an address can have
WORDS_LIMIT = 6
ENTRIES_PER_ACCOUNT = 4  # how many entries of one account a term is likely to begin
PERMUTED_WORDS = 3  # up to this many are searched for in every order
CANDIDATES_LIMIT = 500  # entries of the rarest word that are searched for the others


@dataclass(frozen=True)
class Matches:
    """The ids of the accounts that match a search term.

    `exact` are those with this id, username or email address, `partial` those with a part of a name or an address that
    matches. More accounts may match unless `is_complete`.
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
    "ada lov", "lovelace ada", "example.com"; or words with three or more of its letters inside: "velace", "xample.com".
    """
    term = term.strip()
    if not term or not is_storable(term):
        return Matches()
    if ID_PATTERN.fullmatch(term):
        return Matches(_ids(Account.objects.filter(pk=term)) | _owners(Profile.objects.filter(pk=term)))
    by_username = _ids(Account.objects.with_username(term))
    if len(term) > MAX_NORMALIZED:  # nothing stored is as long, and folding a run of accents takes the square of it
        return Matches(by_username)
    text = fold(term).lstrip(f"@{MIDDLE_MARK}")
    if not text or len(text) > TERM_LIMIT:
        return Matches(by_username)
    addresses = SearchEntry.objects.filter(text=text) if "@" in text else SearchEntry.objects.none()
    by_address, _ = _accountids(addresses, limit)
    partial, is_complete = _partial(text, limit)
    return Matches(by_username | by_address, partial, is_complete)


def _partial(text: str, limit: int) -> tuple[frozenset[str], bool]:
    """Return accounts with a name or address that has a part beginning with the text, or its words in any order.

    Words need not follow each other, unless all of them are common and some accounts have them in a row. Accounts that
    have the text inside a word are added while there is room.
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
        others, is_complete = _inside(text, limit)
        added = [*(others - found)][: limit - len(found)]
        return found.union(added), is_complete and found.union(added) >= others
    others, is_complete = _with_all_words(words, limit)
    return (found | others, is_complete) if is_complete or not found else (found, True)


def _inside(text: str, limit: int) -> tuple[frozenset[str], bool]:
    """Return accounts with a word that has the text after its first letter.

    The index only has endings of words. To find "example.org" in "myexample.org", read the profiles that have a word
    ending in "example".
    """
    word, *others = split(text)
    if not others:
        return _accountids(SearchEntry.objects.beginning(*texts_of(word)[1:]), limit)
    if len(word) < MIDDLE_LENGTH:
        return frozenset(), True
    ending = SearchEntry.objects.filter(text=MIDDLE_MARK + word)
    return _among([text], list(ending.values_list("profileid", flat=True)[:CANDIDATES_LIMIT]), limit)


def _with_all_words(words: list[str], limit: int) -> tuple[frozenset[str], bool]:
    """Return accounts with a profile that has all words, wherever: those among the candidates of the rarest one."""
    return _among(words, min((_candidates(word) for word in words), key=len), limit)


def _among(words: list[str], profileids: list[str], limit: int) -> tuple[frozenset[str], bool]:
    """Return the accounts of those candidates whose names and addresses have all words, and whether these are all."""
    profiles = Profile.objects.filter(pk__in=set(profileids)).values_list("account", *COLUMNS)
    texts = ((account, f" {' '.join(map(fold, texts))}") for account, *texts in profiles)
    found = list(dict.fromkeys(account for account, text in texts if all(_is_in(word, text) for word in words)))
    return frozenset(found[:limit]), len(profileids) < CANDIDATES_LIMIT and len(found) <= limit


def _is_in(word: str, text: str) -> bool:
    """Return whether a text has a word that begins with this one, or contains it."""
    return word in text and (len(word) >= MIDDLE_LENGTH or any(separator + word in text for separator in SEPARATORS))


def _candidates(word: str) -> list[str]:
    """Return the profiles of the first entries that begin with a word, and then of those that have it inside."""
    found: list[str] = []
    for text in texts_of(word):
        entries = SearchEntry.objects.beginning(text).order_by("text")
        if room := CANDIDATES_LIMIT - len(found):
            found += entries.values_list("profileid", flat=True)[:room]
    return found


def _accountids(entries: QuerySet[SearchEntry], limit: int) -> tuple[frozenset[str], bool]:
    """Return the accounts of the first entries, at most `limit`, and whether these are all.

    The limit is on entries, not accounts, because the database would read all entries to find distinct accounts.
    """
    most = limit * ENTRIES_PER_ACCOUNT
    found = list(entries.order_by("text").values_list("accountid", flat=True)[:most])
    accountids = list(dict.fromkeys(found))
    return frozenset(accountids[:limit]), len(found) < most and len(accountids) <= limit


def _ids(accounts: QuerySet[Account]) -> frozenset[str]:
    return frozenset(accounts.values_list("pk", flat=True))


def _owners(profiles: QuerySet[Profile]) -> frozenset[str]:
    return frozenset(profiles.values_list("account", flat=True))
