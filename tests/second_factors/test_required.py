"""REQUIRE_SECOND_FACTOR: whom it names can do nothing before they have a second factor but get one."""

from typing import Any

import pytest

from dashboard.api.routing import Access, declared
from tests.api.cases import CASES
from tests.cases import each_case
from tests.client import ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, SecondFactorFactory, SessionFactory, app_code
from tests.second_factors.signing_in import USERNAME

REQUIRED = (403, "second-factor-enrolment-required")
OPEN = {
    "/api/user/create-second-factor",
    "/api/user/confirm-second-factor",
    "/api/user/second-factors",
    "/api/user/session",
    "/api/user/set-session-ended",
    "/api/user/set-session-verified",
}
SIGNED_IN = tuple(
    case for case in CASES if case.caller not in ("guest", "service") and f"/api/{case.route}" not in OPEN
)


def client() -> ApiClient:
    return ApiClient(SessionFactory(account=AccountFactory(username=USERNAME)))


def may_read_itself(caller: ApiClient) -> tuple[int, str]:
    return outcome(caller.get("user/account", accountid=caller.account.pk))


def may_administer(caller: ApiClient) -> tuple[int, str]:
    return outcome(caller.get("administrator/accounts-count"))


@each_case(SIGNED_IN)
def test_route_is_closed_to_whoever_lacks_one(case: Any, settings: Any, db: None) -> None:
    context = case.context(settings)
    settings.REQUIRE_SECOND_FACTOR = "everybody"
    if case.caller == "user":  # whose account the request may have given a factor
        context.caller = client()
    assert outcome(context.send()) == REQUIRED


def test_routes_that_are_open() -> None:
    routes = [it for it in declared() if it.access is not Access.PUBLIC]
    assert {it.path for it in routes if it.view.initkwargs.get("before_enrolment")} | _opened(routes) == OPEN


def _opened(routes: list[Any]) -> set[str]:
    """The routes whose action has the option, which DRF gives to the view when it is called."""
    actions = [(it.path, getattr(it.view.cls, name)) for it in routes for name in it.view.actions.values()]
    return {path for path, action in actions if action.kwargs.get("before_enrolment")}


def test_nobody_is_obliged_by_default(user: ApiClient, administrator: ApiClient) -> None:
    assert may_read_itself(user) == may_administer(administrator) == (200, "")


@pytest.mark.parametrize(("setting", "of_user"), [("administrators", (200, "")), ("everybody", REQUIRED)])
def test_whom_the_setting_names(
    setting: str, of_user: Any, settings: Any, user: ApiClient, administrator: ApiClient
) -> None:
    settings.REQUIRE_SECOND_FACTOR = setting
    assert may_read_itself(user) == of_user
    assert may_read_itself(administrator) == may_administer(administrator) == REQUIRED


def test_owner_is_an_administrator(owner: ApiClient, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = "administrators"
    assert may_administer(owner) == REQUIRED


def test_roles_are_asked_for_first(user: ApiClient, settings: Any) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everybody"
    assert may_administer(user) == (403, "Administrator required")


def test_way_in(settings: Any, db: None) -> None:
    """See the session, verify the password, add a factor, and go on; or sign out."""
    settings.REQUIRE_SECOND_FACTOR = "everybody"
    caller = client()
    sessionid = caller.session.sessionid
    assert outcome(caller.get("user/session", sessionid=sessionid)) == (200, "")
    body = {"username": USERNAME, "password": PASSWORD}
    assert outcome(caller.patch("user/set-session-verified", body, sessionid=sessionid)) == (200, "")
    assert outcome(caller.get("user/second-factors", accountid=caller.account.pk)) == (200, "")
    body = {"factor-type": "totp"}
    assert outcome(caller.post("user/create-second-factor", body, accountid=caller.account.pk)) == (200, "")
    factor = SecondFactorFactory(account=caller.account, pending=True)
    assert may_read_itself(caller) == REQUIRED
    assert outcome(caller.patch("user/confirm-second-factor", {"code": app_code()}, factorid=factor.pk)) == (200, "")
    assert may_read_itself(caller) == (200, "")
    other = ApiClient(SessionFactory())
    assert outcome(other.patch("user/set-session-ended", sessionid=other.session.sessionid)) == (200, "")


def test_whoever_removes_the_last_one_needs_another(settings: Any, db: None) -> None:
    settings.REQUIRE_SECOND_FACTOR = "everybody"
    caller = client()
    factor = SecondFactorFactory(account=caller.account)
    assert may_read_itself(caller) == (200, "")
    caller.delete("user/delete-second-factor", factorid=factor.pk)
    assert may_read_itself(caller) == REQUIRED


def test_application_server_is_bound_by_its_users_account(settings: Any, user: ApiClient) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://example.com", "a token"
    settings.REQUIRE_SECOND_FACTOR = "everybody"
    headers = {
        "X-Application-Server": "https://example.com",
        "X-Application-Server-Token": "a token",
        "X-AccountId": user.account.pk,
        "X-SessionId": user.session.pk,
    }
    response = ApiClient().call("GET", "user/account", headers=headers, accountid=user.account.pk)
    assert outcome(response) == REQUIRED
