"""The search for accounts that operators and the admin site share."""

from typing import Any

import pytest

from accounts.models import Account
from accounts.services.search import find_accountids
from tests.factories import AccountFactory, ProfileFactory


@pytest.fixture
def ada(db: None) -> Account:
    account = AccountFactory(username="Countess-1815")
    account.profile = ProfileFactory(
        account=account, full_name="Ada Lovelace", contact_email="ada@example.com", display_email="ada@home.example"
    )
    account.save()
    ProfileFactory()
    return account


@pytest.mark.parametrize("by_prefix", [False, True])
@pytest.mark.parametrize(
    ("term", "is_found"),
    [
        ("Countess-1815", True),
        ("countess-1815", False),
        ("ADA@example.com", True),
        ("ada@home.example", True),
        ("acct_0123456789abcdef", False),
        ("", False),
        ("a\0b", False),
        ("%", False),
    ],
)
def test_exact_terms(term: str, is_found: bool, by_prefix: bool, ada: Account) -> None:
    assert find_accountids(term, limit=9, by_prefix=by_prefix) == ({ada.pk} if is_found else set())


@pytest.mark.parametrize("term", ["ada love", "ADA@EX", "ada@home"])
def test_beginnings_match_only_by_prefix(term: str, ada: Account) -> None:
    assert find_accountids(term, limit=9) == set()
    assert find_accountids(term, limit=9, by_prefix=True) == {ada.pk}


def test_ids_of_accounts_and_profiles(ada: Account) -> None:
    assert find_accountids(ada.pk, limit=9) == find_accountids(ada.profile_id or "", limit=9) == {ada.pk}


def test_accounts_of_another_appid_are_not_found(ada: Account, settings: Any) -> None:
    settings.APPID = "another"
    for term in (ada.pk, ada.profile_id or "", "Countess-1815", "ada@example.com"):
        assert find_accountids(term, limit=9) == set()


def test_limit_counts_accounts_of_exact_matches(ada: Account) -> None:
    ProfileFactory.create_batch(3, account=ada, contact_email="ada@example.com")
    other = ProfileFactory(contact_email="ada@example.com").account
    assert find_accountids("ada@example.com", limit=2) == {ada.pk, other.pk}
    assert len(find_accountids("ada@example.com", limit=1)) == 1
