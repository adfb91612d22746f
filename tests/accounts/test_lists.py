"""Lists and counts: of accounts, and of what accounts have. Pages are tested elsewhere."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.client import outcome
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SessionFactory

NOW = datetime(2022, 6, 24, 2, 42, 51, 8999, tzinfo=UTC)
OF_ACCOUNTS = {
    "accounts": {},
    "administrator-accounts": {"administrator": True},
    "deleted-accounts": {"scheduled": True},
}
FACTORIES = {"profiles": ProfileFactory, "sessions": SessionFactory, "reset-codes": ResetCodeFactory}

each_kind = pytest.mark.parametrize("name", FACTORIES)


def three(factory, **fields):
    """Rows, oldest first: two of one time, of which the list has the higher id first."""
    rows = [factory(created_at=NOW + timedelta(days=day), **fields) for day in (1, 2, 2)]
    return sorted(rows, key=lambda row: (row.created_at, row.pk))


def wire(rows):
    """The rows as lists answer them, newest first."""
    for row in rows:
        row.token = None
    return [row.as_json() for row in reversed(rows)]


@pytest.mark.parametrize("name", OF_ACCOUNTS)
def test_accounts_are_listed_newest_first(name, administrator):
    me = administrator.account
    rows = three(AccountFactory, **OF_ACCOUNTS[name])
    others = [AccountFactory(overdue=True), AccountFactory(administrator=True)]
    expected = {
        "accounts": [*rows, me, *others],
        "administrator-accounts": [*rows, me, others[1]],
        "deleted-accounts": [*rows, others[0]],
    }[name]
    assert administrator.get(f"administrator/{name}").json() == wire(expected)
    assert administrator.get(f"administrator/{name}-count").json() == len(expected)


def test_no_scheduled_account_is_an_empty_list_and_a_count_of_0(administrator):
    for query in ({}, {"all": "true"}, {"offset": "5"}):
        assert administrator.get("administrator/deleted-accounts", **query).getvalue() == b"[]"
    assert administrator.get("administrator/deleted-accounts-count").content == b"0"


@pytest.mark.parametrize("name", ["profiles", "reset-codes"])
@pytest.mark.parametrize("role", ["user", "administrator"])
def test_nothing_is_an_empty_list_and_a_count_of_0(role, name, request):
    client = request.getfixturevalue(role)
    accountid = {"accountid": client.account.accountid}
    for query in ({}, {"all": "true"}):
        response = client.get(f"{role}/{name}", **accountid, **query)
        assert (response.getvalue(), response["Content-Type"]) == (b"[]", "application/json")
    assert client.get(f"{role}/{name}-count", **accountid).content == b"0"


@each_kind
def test_own_rows_are_listed_newest_first(name, user):
    rows = three(FACTORIES[name], account=user.account)
    FACTORIES[name](account=AccountFactory())
    mine = [*rows, user.session] if name == "sessions" else rows
    accountid = user.account.accountid
    assert user.get(f"user/{name}", accountid=accountid).json() == wire(mine)
    assert user.get(f"user/{name}-count", accountid=accountid).json() == len(mine)


@each_kind
def test_everybodys_rows_are_listed_newest_first(name, administrator):
    rows = three(FACTORIES[name])
    everybodys = [*rows, administrator.session] if name == "sessions" else rows
    assert administrator.get(f"administrator/{name}").json() == wire(everybodys)
    assert administrator.get(f"administrator/{name}-count").json() == len(everybodys)


@each_kind
def test_rows_of_one_account_are_found(name, administrator):
    account = AccountFactory()
    rows = three(FACTORIES[name], account=account)
    FACTORIES[name]()
    assert administrator.get(f"administrator/{name}", accountid=account.accountid).json() == wire(rows)
    assert administrator.get(f"administrator/{name}-count", accountid=account.accountid).json() == 3


@each_kind
@pytest.mark.parametrize("accountid", ["acct_0123456789abcdef", "acct", "%", "acct_\0", "a" * 10_000, ["", "x"]])
def test_account_that_there_is_not_has_nothing(accountid, name, administrator):
    FACTORIES[name]()
    assert administrator.get(f"administrator/{name}", accountid=accountid).content == b"[]"
    assert administrator.get(f"administrator/{name}-count", accountid=accountid).content == b"0"


@each_kind
def test_account_given_twice_has_nothing(name, administrator):
    accountid = FACTORIES[name]().account_id
    assert administrator.get(f"administrator/{name}", accountid=[accountid] * 2).content == b"[]"
    assert administrator.get(f"administrator/{name}-count", accountid=[accountid] * 2).content == b"0"


def test_ended_sessions_are_listed_and_counted_too(user):
    SessionFactory(account=user.account, expired=True)
    SessionFactory(account=user.account, is_ended_by_request=True)
    accountid = user.account.accountid
    ended = [session["ended"] for session in user.get("user/sessions", accountid=accountid).json()]
    assert sorted(ended) == [False, True, True]
    assert user.get("user/sessions-count", accountid=accountid).json() == 3


def test_no_listed_session_shows_its_token(administrator):
    answer = administrator.get("administrator/sessions").json()
    assert answer
    assert not any("token" in session for session in answer)


@each_kind
def test_rows_of_a_deleted_account_are_gone(name, administrator):
    row = FACTORIES[name]()
    before = administrator.get(f"administrator/{name}-count").json()
    response = administrator.delete("administrator/delete-account", accountid=row.account_id)
    assert outcome(response) == (200, "")
    assert administrator.get(f"administrator/{name}-count").json() == before - 1
