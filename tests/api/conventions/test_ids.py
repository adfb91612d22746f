"""Ids in the query that name nothing."""

from typing import Any

import pytest

from tests.api.conventions.sending import (
    ADMINISTRATOR_GET,
    ADMINISTRATOR_POST,
    LONG,
    UNREADABLE,
    USER_GET,
    USER_PATCH,
    is_refusal,
    send,
    table,
)
from tests.client import ApiClient
from tests.factories import AccountFactory, ProfileFactory, SessionFactory
from tests.isolation import isolated

ID_ROUTES = (
    ("user", "GET", "user/account", "accountid", "invalid-accountid"),
    ("user", "PATCH", "user/reset-session-key", "accountid", "invalid-accountid"),
    ("user", "GET", "user/session", "sessionid", "invalid-sessionid"),
    ("user", "PATCH", "user/set-session-ended", "sessionid", "invalid-sessionid"),
    ("user", "GET", "user/profile", "profileid", "invalid-profileid"),
    ("administrator", "GET", "administrator/account", "accountid", "invalid-accountid"),
    ("administrator", "PATCH", "administrator/reset-session-key", "accountid", "invalid-accountid"),
    ("administrator", "POST", "administrator/create-reset-code", "accountid", "invalid-accountid"),
    ("administrator", "GET", "administrator/session", "sessionid", "invalid-sessionid"),
)


def own_id(name: str, caller: ApiClient) -> str:
    """An id of the caller's that this parameter may name."""
    assert caller.session
    ids = {
        "accountid": lambda: caller.account.accountid,
        "sessionid": lambda: caller.session.sessionid,
        "profileid": lambda: ProfileFactory(account=caller.account).profileid,
    }
    return ids[name]()


@pytest.fixture(name="_as_in_the_contract")
def as_in_the_contract(settings: Any) -> None:
    settings.OWN_SESSION_WITHOUT_ID = False


@table("caller method route name code", ID_ROUTES)
@pytest.mark.usefixtures("_as_in_the_contract")
def test_a_missing_id(caller: ApiClient, method: str, route: str, name: str, code: str) -> None:
    for path in (f"/api/{route}", f"/api/{route}?{name}", f"/api/{route}?{name}=", f"/api/{route}?other=1"):
        response = send(caller, method, path)
        assert is_refusal(response, 400, code)


NAMES_NOTHING = {
    "twice": "{name}={id}&{name}={id}",
    "twice, once empty": "{name}={id}&{name}=",
    "twice empty": "{name}=&{name}=",
    "NUL after it": "{name}={id}%00",
    "NUL": "{name}=%00",
    "line end after it": "{name}={id}%0A",
    "space before it": "{name}=%20{id}",
    "a digit too many": "{name}={id}a",
    "a digit too few": "{name}={id:.20}",
    "in capitals": "{name}={upper}",
    "digits of another script": "{name}=acct_%D9%A1123456789abcdef",
    "surrogate": "{name}=%ED%A0%80",
    "no UTF-8": "{name}=%FF%FE",
    "of another kind": "{name}=code_0123456789abcdef",
    "of nobody": "{name}=acct_0123456789abcdef",
    "endless": "{name}={long}",
    "with brackets": "{name}=%25&{name}[]=1",
}


@table("caller method route name code", ID_ROUTES)
def test_an_id_that_names_nothing(
    caller: ApiClient, method: str, route: str, *, name: str, code: str, subtests: pytest.Subtests
) -> None:
    for form, query in NAMES_NOTHING.items():
        with subtests.test(form), isolated():
            good = own_id(name, caller)
            path = f"/api/{route}?" + query.format(name=name, id=good, upper=good.upper(), long=LONG)
            assert is_refusal(send(caller, method, path), 404, code)


@table("caller method route name code", ID_ROUTES)
def test_an_id_of_another_appid_does_not_exist(
    caller: ApiClient, method: str, route: str, name: str, code: str
) -> None:
    elsewhere = ApiClient(SessionFactory(appid="elsewhere", account=AccountFactory(appid="elsewhere")))
    query = {name: own_id(name, elsewhere)}
    if name == "profileid":
        query = {name: ProfileFactory(appid="elsewhere", account=elsewhere.account).profileid}
    assert is_refusal(caller.call(method, route, **query), 404, code)


@table("caller method route", [USER_GET, USER_PATCH, ADMINISTRATOR_GET, ADMINISTRATOR_POST])
def test_too_many_parameters(caller: ApiClient, method: str, route: str) -> None:
    query = "&".join(f"p{n}=1" for n in range(1001))
    assert is_refusal(send(caller, method, f"/api/{route}?{query}"), *UNREADABLE)
