"""What routes write: each changes the objects and fields that its declaration names, and no others."""

from typing import Any

import pytest

from accounts.models import Account, Profile
from dashboard.api.routing import Route, declared
from dashboard.api.schema.objects import ObjectSchema, objects_in
from resetcodes.models import ResetCode
from second_factors.models import RecoveryCode, SecondFactor
from sessions_app.models import Session
from tests.api.cases import CASES
from tests.cases import Case, each_case
from tests.client import ApiClient
from tests.factories import ProfileFactory, ResetCodeFactory, SessionFactory

ROUTES = {route.path.removeprefix("/api/"): route for route in declared()}
WRITING = [case for case in CASES if case.method != "GET"]
WITH_OTHERS = {"updatedAt", "lastSeenAt"}  # change with anything else
# What the valid request of a case does not do: the browser's part, the second step by a recovery code, the last factor.
NOT_IN_CASES = {
    "user/set-session-verified": {"session.token"},
    "user/create-session": {"session.ended", "session.endedAt"},
    "administrator/delete-account": {"secondFactor"},
    "user/complete-session": {"session.ended", "session.endedAt", "recoveryCodes"},
}


def contents() -> dict[Any, dict[str, Any]]:
    """Return all rows as on the wire, with what is stored of the secrets."""
    secrets = {Account: {"username": "username_hash", "password": "password"}, Session: {"token": "token_hash"}}
    rows = {
        row.pk: row.as_json() | {name: getattr(row, column) for name, column in secrets.get(model, {}).items()}
        for model in (Account, Profile, Session, ResetCode, SecondFactor)
        for row in model._base_manager.all()
    }
    codes = {code.pk: {"object": "recoveryCodes"} for code in RecoveryCode.objects.filter(used_at=None)}
    return rows | codes


def changes(before: dict[Any, dict[str, Any]], after: dict[Any, dict[str, Any]]) -> set[str]:
    """Return the objects that are new or gone, and the fields of others that have another value."""
    changed = {(before.get(pk) or after[pk])["object"] for pk in before.keys() ^ after.keys()}
    for pk in before.keys() & after.keys():
        old, new = before[pk], after[pk]
        names = {name for name in (old | new) if old.get(name) != new.get(name)} - WITH_OTHERS
        changed |= {f"{new['object']}.{name}" for name in names}
    return changed


@each_case(WRITING)
def test_route_writes_what_it_declares(case: Case, settings: Any, db: None) -> None:
    context = case.context(settings)
    for factory in (SessionFactory, ResetCodeFactory, ProfileFactory):
        factory(account=context.account)
    ResetCodeFactory(created_by=context.account)
    RecoveryCode.objects.create(account=context.account, code_hash="0f" * 64)
    before = contents()
    assert context.send().status_code == 200
    found = changes(before, contents()) | NOT_IN_CASES.get(case.route, set())
    declared = set(ROUTES[case.route].spec.writes)
    assert found == declared, f"Declare writes={sorted(found)} on the route; it has {sorted(declared)}."


def test_routes_that_write_say_so() -> None:
    silent = {name for name, route in ROUTES.items() if route.spec.method != "GET" and not route.spec.writes}
    assert silent == set()
    assert not any(route.spec.writes for route in ROUTES.values() if route.spec.method == "GET")


@pytest.mark.parametrize("route", ROUTES.values(), ids=lambda route: route.path)
def test_names_are_those_of_the_wire(route: Route) -> None:
    objects: dict[str, ObjectSchema] = {it.name: it for it in objects_in(r.spec.returns for r in ROUTES.values())}
    for name in route.spec.writes:
        owner, _, field = name.partition(".")
        known = {"", "username", "password"} if owner == "account" else {""}
        assert field in {*objects[owner].required, *objects[owner].optional, *known}


# schemathesis looks for this along paths (/profiles/1), where the API has queries (?profileid=...).
MADE = (
    ("user/create-profile", {"full-name": "A", "contact-email": "a@example.com"}, "profile", "user/delete-profile"),
    ("user/create-reset-code", {"secret-code": "abcdef123"}, "reset-code", "user/delete-reset-code"),
    ("administrator/create-reset-code", {"secret-code": "abcdef123"}, "reset-code", "administrator/delete-reset-code"),
)


@pytest.mark.parametrize(("create", "body", "name", "delete"), MADE)
def test_what_is_created_is_there_until_it_is_deleted(
    owner: ApiClient, create: str, body: dict[str, str], name: str, delete: str
) -> None:
    made = owner.post(create, body, accountid=owner.account.accountid).json()
    query = {key: value for key, value in made.items() if key in ("profileid", "codeid")}
    for prefix in ("user", "administrator"):
        assert owner.get(f"{prefix}/{name}", **query).json() == made
    assert owner.delete(delete, **query).json() is True
    for prefix in ("user", "administrator"):
        assert owner.get(f"{prefix}/{name}", **query).status_code == 404
    assert owner.delete(delete, **query).status_code == 404
