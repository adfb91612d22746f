"""The search for accounts that the commands and the administrators' site share."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import search_triggers
from accounts.models import Account, Profile, SearchEntry
from accounts.services import search
from accounts.services.search import search_accounts
from tests.factories import AccountFactory, ProfileFactory


@pytest.fixture
def ada(db: None) -> Account:
    account = AccountFactory(username="Countess-1815")
    account.profile = ProfileFactory(
        account=account,
        full_name="Ada King-Noël Lovelace",
        contact_email="Ada.L@Mail.Example.com",
        display_name="The Countess myexample4you",
        display_email="countess_of7@home.example",
    )
    account.save()
    ProfileFactory(full_name="Adam Smith", contact_email="adam@other.example")
    return account


def found(term: str, limit: int = 9) -> set[str]:
    return set(search_accounts(term, limit=limit).accountids)


@pytest.mark.parametrize(
    "term",
    [
        "lovelace",
        "LOVEL",
        "ada king",
        "ada lov",
        "lovelace ada",
        "lovel king ada",
        "love noel countess",
        "noël",
        "NOEL",
        "king-noel lovelace",
        " ada   king ",
        "countess",
        "ada.l@mail.example.com",
        "mail.example.com",
        "@mail.example.com",
        "example.com",
        "home.ex",
        "countess_of",
        "lovelace mail.example.com",
        "Countess-1815",
        "ovelac",
        "VELACE",
        "oël",
        "ing-noel",
        "ail.example.com",
        "xample.com",
        "ada ovel",
        "ovel king noe",
        "ountess_of7@home",
        "example4you",
        "xample4",
    ],
)
def test_account_is_found(term: str, ada: Account) -> None:
    assert found(term) == {ada.pk}


@pytest.mark.parametrize(
    "term",
    [
        "countess-1815",
        "Countess-181",
        "ac",
        "ovelaced",
        "ingnoel",
        "ovelace.com",
        "xample.org",
        "*",
        "ovelace smith",
        "lovelace smith",
        "lovelace other.example",
        "%",
        "_",
        "a_a",
        "ada%",
        "@",
        ".",
        "",
        " ",
        "a\0b",
        "\ud800",
        "acct_0123456789abcdef",
        "x" * 5000,
        "x " * 5000,
    ],
)
def test_nothing_is_found(term: str, ada: Account) -> None:
    assert found(term) == set()


@pytest.mark.parametrize("term", ["Ada.L@Mail.Example.com", "ADA.L@mail.example.com", "countess_of7@home.example"])
def test_address_matches_exactly(term: str, ada: Account) -> None:
    ProfileFactory(contact_email=f"{term}.org")
    matches = search_accounts(term, limit=9)
    assert matches.exact == {ada.pk}
    assert len(matches.partial) == 2


def test_ids_of_accounts_and_profiles(ada: Account) -> None:
    for term in (ada.pk, ada.profile_id or ""):
        assert search_accounts(term, limit=9).exact == {ada.pk}


def test_a_term_that_is_longer_than_any_text_is_not_folded(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    folded: list[str] = []
    monkeypatch.setattr(search, "fold", lambda text: folded.append(text) or text)
    assert not search_accounts("a" + "\u0300\u0316" * 1024, limit=10).accountids
    assert not folded


def test_accounts_of_another_appid_are_not_found(ada: Account, settings: Any) -> None:
    settings.APPID = "another"
    for term in (ada.pk, ada.profile_id or "", "Countess-1815", "ada.l@mail.example.com", "lovelace", "lovelace ada"):
        assert found(term) == set()


def test_limit_counts_accounts(ada: Account) -> None:
    ProfileFactory.create_batch(3, account=ada, contact_email="ada.l@mail.example.com")
    ProfileFactory(full_name="Adele")
    matches = search_accounts("ad", limit=3)
    assert (len(matches.accountids), matches.is_complete) == (3, True)
    matches = search_accounts("ad", limit=2)
    assert (len(matches.accountids), matches.is_complete) == (2, False)


def test_accounts_with_the_term_inside_a_word_come_last(db: None) -> None:
    first = {ProfileFactory(full_name=name).account_id for name in ("Ann Smith", "Anna Li")}
    other = ProfileFactory(full_name="Joanna").account_id
    assert search_accounts("ann", limit=3) == search.Matches(partial=frozenset({*first, other}))
    assert search_accounts("ann", limit=2) == search.Matches(partial=frozenset(first), is_complete=False)
    assert search_accounts("joann ann", limit=1).partial == {other}


def test_domains_with_the_term_inside_are_looked_for_among_the_first(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CANDIDATES_LIMIT", 2)
    account = ProfileFactory(contact_email="ada@myexample.org").account_id
    assert search_accounts("example.org", limit=9) == search.Matches(partial=frozenset({account}))
    ProfileFactory.create_batch(2, contact_email="ada@myexample.com")
    assert not search_accounts("example.org", limit=9).is_complete


def test_common_words_are_looked_for_among_the_rarest(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "CANDIDATES_LIMIT", 9)
    ProfileFactory.create_batch(10, full_name="Lovelace")
    assert search_accounts("lovelace ada", limit=9) == search.Matches(partial=frozenset({ada.pk}))
    ProfileFactory.create_batch(10, full_name="Adah")
    assert not search_accounts("lovelace ada", limit=9).is_complete
    in_a_row = ProfileFactory(full_name="Ada Lovelace").account
    assert search_accounts("lovelace ada", limit=9) == search.Matches(partial=frozenset({in_a_row.pk}))


def test_limit_counts_accounts_with_all_words(db: None) -> None:
    ProfileFactory.create_batch(4, full_name="Ada King Lovelace")
    assert search_accounts("ada lovelace", limit=4).is_complete
    matches = search_accounts("ada lovelace", limit=3)
    assert (len(matches.accountids), matches.is_complete) == (3, False)


def test_letters_beyond_ascii_lose_case_and_accents(db: None) -> None:
    names = {"Łukasz Öztürk": "lukasz ozturk", "ΨΥΧΉ": "ψυχή", "ЖУКОВ": "жуков", "İpek": "IPEK", "Nguyễn": "nguyen"}
    for name, term in names.items():
        account = ProfileFactory(full_name=name).account
        assert found(term) == found(name) == {account.pk}, name


# The index


def entries(profile: Profile) -> set[str]:
    return set(SearchEntry.objects.filter(profileid=profile.pk).values_list("text", flat=True))


def test_entries_are_where_words_begin_and_inside_them(db: None) -> None:
    profile = ProfileFactory(full_name="Ada  O'Neill", contact_email="ada+x@mail.com")
    beginnings = {"ada  o'neill", "o'neill", "neill", "ada+x@mail.com", "x@mail.com", "mail.com", "com"}
    assert entries(profile) == beginnings | {"*eill", "*ill", "*ail"}


def test_changes_reach_the_index_however_they_are_written(ada: Account) -> None:
    Profile.objects.filter(pk=ada.profile_id).update(full_name="Augusta Byron")
    assert found("byron") == {ada.pk}
    assert not found("lovelace")
    profile = Profile.objects.get(pk=ada.profile_id)
    profile.contact_email = "new@where.example"
    profile.save_fields("contact_email")
    assert found("where.example") == {ada.pk}
    assert not found("mail.example.com")
    Profile.objects.bulk_create([Profile(account=ada, full_name="Babbage"), Profile(account=ada, full_name="Menabrea")])
    assert found("babb") == found("mena") == {ada.pk}
    ada.delete()
    assert not found("byron")
    assert not SearchEntry.objects.filter(accountid=ada.pk).exists()


def test_other_changes_leave_the_index_alone(ada: Account) -> None:
    before = set(SearchEntry.objects.values_list("pk", flat=True))
    Profile.objects.filter(pk=ada.profile_id).update(phone="1815")
    assert set(SearchEntry.objects.values_list("pk", flat=True)) == before


def test_longest_texts_are_indexed_in_bounds(db: None) -> None:
    profile = ProfileFactory(full_name="a " * 127, contact_email="İ" * 255, display_name="ﬃ" * 255)
    assert 16 <= len(entries(profile)) <= 19 + 2 * 24


def test_texts_that_cut_words_are_indexed_alike(db: None) -> None:
    profile = ProfileFactory(full_name="(ab)cd/ef.ghij-*kl", contact_email="", display_name="1xyz2wxyz@-ÄÖÜß")
    assert entries(profile) == {"(ab)cd/ef.ghij-*kl", "ghij-*kl", "*kl", "1xyz2wxyz@-aouß", "aouß"} | {
        *("*ab)cd/ef", "*b)cd/ef", "*)cd/ef", "*cd/ef", "*d/ef", "*/ef"),
        *("*hij", "*xyz", "*ouß"),
    }


def test_filling_makes_the_same_entries(ada: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_triggers, "FILL_SIZE", 1)
    before = {it.pk: entries(it) for it in Profile.objects.all()}
    SearchEntry.objects.all().delete()
    assert list(search_triggers.fill()) == list(range(1, len(before) + 1))
    list(search_triggers.fill())
    assert {it.pk: entries(it) for it in Profile.objects.all()} == before


def test_entries_are_no_duplicates(ada: Account) -> None:
    ProfileFactory(full_name="Same", display_name="Same", contact_email="same@same.example")
    rows = list(SearchEntry.objects.values_list("profileid", "text"))
    assert len(set(rows)) == len(rows)


@pytest.mark.skipif(connection.vendor == "postgresql", reason="PostgreSQL never rebuilds a table")
def test_triggers_that_a_rebuilt_table_has_lost_come_back(db: None) -> None:
    with connection.cursor() as cursor:
        for statement in search_triggers.SQLITE_DROP:
            cursor.execute(statement)
    search_triggers.restore()
    account = ProfileFactory(full_name="Some Surname").account
    assert found("surname") == {account.pk}


def test_number_of_queries_is_bounded(ada: Account) -> None:
    with CaptureQueriesContext(connection) as queries:
        search_accounts("a b c d e f g h i j k l m n o p", limit=9)
    assert len(queries) <= 4 + search.WORDS_LIMIT
    search_accounts("a b c", limit=9)
    reads = [it["sql"] for it in queries if "searchentry" in it["sql"]]
    assert all("LIMIT" in sql for sql in reads)


def test_candidates_are_compared_by_their_profiles(ada: Account) -> None:
    """The entries of 500 profiles are many, and those of common words are more."""
    with CaptureQueriesContext(connection) as queries:
        assert search_accounts("countess lovelace", limit=9).accountids == {ada.pk}
    assert not any('"profileid" IN (' in it["sql"] for it in queries if "searchentry" in it["sql"])


@pytest.mark.postgresql
@pytest.mark.parametrize("term", ["lovelace", "ada lovelace", "ada@example.com", "xample.com", "ada ovelac"])
def test_index_serves_every_query(term: str, ada: Account) -> None:
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as queries:
        search_accounts(term, limit=9)
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        for sql in [it["sql"] for it in queries if "searchentry" in it["sql"] and it["sql"].startswith("SELECT")]:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor)
            assert "search_entry_" in plan, sql
            assert "Seq Scan" not in plan
