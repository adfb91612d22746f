"""Attacks with a stolen service credential: each scope reaches its routes and no others."""

import threading
from typing import Any

import pytest
from django.db import connection

from accounts.models import Account
from dashboard.api.routing import Access, declared
from dashboard.core.actor import Actor
from dashboard.core.errors import ErrorCode
from dashboard.core.services import Scope
from events.models import Event
from service_credentials.models import ServiceCredential
from service_credentials.services import credentials
from sessions_app.models import Session
from tests.api.cases import CASES
from tests.attacks.test_administrators import ATTACKS, PROTECTED, unchanged
from tests.cases import Case, each_case, everything, service_client
from tests.client import ApiClient, outcome
from tests.factories import (
    PASSWORD,
    AccountFactory,
    ProfileFactory,
    ResetCodeFactory,
    SecondFactorFactory,
    ServiceCredentialFactory,
    SessionFactory,
    service_token,
)
from tests.isolation import isolated

OK = (200, "")
SCOPE = (403, "insufficient-scope")
UNNAMED = (400, "invalid-accountid")  # the user for whom the service acts
SIGN_IN_REQUIRED = (401, "Sign in required")
ROUTES = {route.path.removeprefix("/api/"): route for route in declared()}
SECRET_CODE = "planted1"

ADMINISTRATORS = tuple(case for case in CASES if case.caller in ("administrator", "owner"))
WRITES = tuple(case for case in ADMINISTRATORS if case.method != "GET" and ROUTES[case.route].spec.query)


def expected(case: Case, scope: Scope) -> tuple[int, str]:
    """What a service with this scope alone gets, which calls as itself."""
    route = ROUTES[case.route]
    if route.access is Access.CHECK:
        return SIGN_IN_REQUIRED
    if scope in (route.service_scope, Scope.ADMINISTER) and route.access is Access.ADMINISTRATOR:
        return PROTECTED if ErrorCode.NOT_OWNER in route.spec.errors else case.success
    if route.access is Access.SERVICE:
        return case.success if route.service_scope in (scope, None) else SCOPE
    if scope is not Scope.ACT_FOR_USERS:
        return SCOPE
    return case.success if route.access is Access.PUBLIC else UNNAMED


@each_case(CASES)
def test_each_scope_reaches_its_routes_and_no_others(case: Case, subtests: pytest.Subtests, db: None) -> None:
    for scope in Scope:
        with subtests.test(scope.value), isolated() as settings:
            context = case.context(settings)
            context.caller = service_client(scope)
            before = everything()
            response = context.send()
            assert outcome(response) == expected(case, scope)
            assert everything() == before or response.status_code == 200


@each_case(CASES)
def test_without_act_for_users_a_service_acts_for_nobody(case: Case, subtests: pytest.Subtests, db: None) -> None:
    """It names the owner and a session of the owner, which are known to it."""
    for scope in set(Scope) - {Scope.ACT_FOR_USERS}:
        with subtests.test(scope.value), isolated() as settings:
            context = case.context(settings)
            session = SessionFactory(account=AccountFactory(owner=case.caller != "owner"))
            context.caller = service_client(scope)
            context.caller.client.defaults |= {
                "HTTP_X_ACCOUNTID": session.account_id,
                "HTTP_X_SESSIONID": session.sessionid,
            }
            response = context.send()
            if ROUTES[case.route].access is Access.SERVICE:
                assert outcome(response) == expected(case, scope)
            elif ROUTES[case.route].access is Access.CHECK:
                assert outcome(response) == SIGN_IN_REQUIRED
            else:
                assert outcome(response) == SCOPE


# The owner and administrators


@pytest.mark.parametrize("role", [{"owner": True}, {"administrator": True}], ids=str)
@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_administer_does_not_reach_those_with_a_role(
    attack: Any, role: dict[str, bool], settings: Any, db: None, *, protect: bool
) -> None:
    settings.PROTECT_ADMINISTRATORS = protect  # false lets administrators act on each other, and no service
    victim, client = AccountFactory(**role), service_client(Scope.ADMINISTER)
    before = everything()
    assert outcome(attack(client, victim)) == PROTECTED
    assert unchanged(before)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_administer_reaches_everybody_else(attack: Any, db: None) -> None:
    client = service_client(Scope.ADMINISTER)
    assert outcome(attack(client, AccountFactory())) == OK
    assert {it.actor_kind for it in Event.objects.all()} == {"service credential"}
    assert {it.actor_credentialid for it in Event.objects.all()} == {ServiceCredential.objects.get().pk}


@each_case(WRITES)
def test_no_route_changes_a_row_of_the_owner(case: Case, settings: Any, db: None) -> None:
    """Whatever the route wants to be named, it is the owner's."""
    owner = AccountFactory(owner=True)
    named = {
        "accountid": owner.accountid,
        "sessionid": SessionFactory(account=owner).sessionid,
        "codeid": ResetCodeFactory(account=owner).codeid,
        "profileid": ProfileFactory(account=owner).profileid,
        "factorid": SecondFactorFactory(account=owner).factorid,
    }
    query = {parameter.name: named[parameter.name] for parameter in ROUTES[case.route].spec.query}
    client, before = service_client(*Scope), everything()
    response = client.call(case.method, case.route, case.body, **query)
    assert response.status_code in (403, 409)
    assert everything() == before


def test_no_route_makes_or_takes_the_owner(db: None) -> None:
    owner, other = AccountFactory(owner=True), AccountFactory(administrator=True)
    client = service_client(*Scope)
    for route in ("set-owner-account", "reset-account-administrator"):
        assert outcome(client.patch(f"administrator/{route}", accountid=other.accountid)) == PROTECTED
    assert Account.objects.owner().get() == owner


# Revocation


@pytest.mark.django_db(transaction=True)
def test_revocation_holds_at_once_with_a_warm_cache() -> None:
    credential = ServiceCredentialFactory(scopes=Scope.ADMINISTER)
    client = ApiClient(service_token=service_token(credential))
    for _ in range(3):
        assert outcome(client.get("administrator/accounts-count")) == OK
    credentials.revoke_credential(credential.credentialid, Actor.command_line())
    for _ in range(3):
        assert outcome(client.get("administrator/accounts-count")) == (401, "invalid-credential")


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_no_request_that_begins_after_the_revocation_is_accepted() -> None:
    """Readers fill the cache all the time, in threads, while a credential is revoked."""
    tokens = {
        it.credentialid: service_token(it) for it in ServiceCredentialFactory.create_batch(10, scopes="administer")
    }
    revoked: set[str] = set()
    accepted_too_late: list[str] = []
    stop = threading.Event()

    def read() -> None:
        try:
            while not stop.is_set():
                for credentialid, token in tokens.items():
                    is_over = credentialid in revoked
                    status = ApiClient(service_token=token).get("administrator/accounts-count").status_code
                    if is_over and status == 200:
                        accepted_too_late.append(credentialid)
        finally:
            connection.close()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        for credentialid in tokens:
            credentials.revoke_credential(credentialid, Actor.command_line())
            revoked.add(credentialid)
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert accepted_too_late == []
    for token in tokens.values():
        assert outcome(ApiClient(service_token=token).get("service/credential")) == (401, "invalid-credential")


# The client's address


def sign_in(client: ApiClient, address: str, number: int = 0) -> Any:
    body = {"username": f"nobody-{number}", "password": PASSWORD}
    return client.call("POST", "user/create-session", body, {"X-Client-Address": address})


def test_limits_count_by_the_address_that_a_service_says(settings: Any, db: None) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_SIGN_IN = True, "2/hour"
    client = service_client(Scope.ACT_FOR_USERS)
    answers = [outcome(sign_in(client, "198.51.100.1")) for _ in range(3)]
    assert answers == [(401, "invalid-username")] * 2 + [(429, "too-many-requests")]
    assert outcome(sign_in(client, "198.51.100.2")) == (401, "invalid-username")
    assert {it.ip_address for it in Event.objects.filter(action="refuse-sign-in")} == {"198.51.100.1", "198.51.100.2"}


def test_address_that_somebody_else_says_is_ignored(settings: Any, db: None) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_SIGN_IN = True, "2/hour"
    client = ApiClient(address="203.0.113.7")
    answers = [outcome(sign_in(client, f"198.51.100.{number}", number)) for number in range(3)]
    assert answers == [(401, "invalid-username")] * 2 + [(429, "too-many-requests")]
    assert {it.ip_address for it in Event.objects.all()} == {"203.0.113.7"}


def test_credential_that_is_not_valid_says_nothing(settings: Any, db: None) -> None:
    client = ApiClient(address="203.0.113.7", service_token=service_token(ServiceCredentialFactory(revoked=True)))
    assert outcome(sign_in(client, "198.51.100.1")) == (401, "invalid-credential")
    assert Event.objects.get().ip_address == "203.0.113.7"


def test_service_that_administers_hides_its_address_behind_no_other(db: None) -> None:
    client = service_client(Scope.ADMINISTER)
    client.client.defaults |= {"REMOTE_ADDR": "203.0.113.7", "HTTP_X_CLIENT_ADDRESS": "198.51.100.1"}
    client.patch("administrator/reset-session-key", accountid=AccountFactory().accountid)
    assert Event.objects.get().ip_address == "203.0.113.7"


@pytest.mark.parametrize("said", ["", "unknown", "198.51.100.1, 203.0.113.9", "198.51.100.256", "a" * 5000])
def test_what_is_no_address_is_none(said: str, db: None) -> None:
    client = service_client(Scope.ACT_FOR_USERS)
    client.client.defaults |= {"REMOTE_ADDR": "203.0.113.7"}
    assert outcome(sign_in(client, said)) == (401, "invalid-username")
    assert Event.objects.get().ip_address == "203.0.113.7"


def test_session_has_the_address_that_a_service_says(db: None) -> None:
    AccountFactory(username="nobody-0")
    assert outcome(sign_in(service_client(Scope.ACT_FOR_USERS), "2001:db8::7")) == OK
    assert Session.objects.get().ip_address == "2001:db8::7"


# Secrets


def test_token_is_in_no_event_no_log_and_no_answer(caplog: pytest.LogCaptureFixture, db: None) -> None:
    credential, token = credentials.create_credential(
        "Web application", ["act-for-users"], ["203.0.113.0/24"], None, Actor.command_line()
    )
    responses = [
        ApiClient(address=address, service_token=sent).get(route)
        for address in ("203.0.113.7", "198.51.100.1")
        for sent in (token, f"{token[:-1]}x", f"{token}x")
        for route in ("service/credential", "administrator/accounts", "user/account", "errors", "check")
    ]
    secret = token.rpartition("_")[2]
    said = [response.content.decode() + str(response.headers) for response in responses]
    written = [str(everything()), caplog.text, *(str(vars(record)) for record in caplog.records)]
    assert not [text for text in (*said, *written) if secret in text or secret[:-1] in text]
    assert str(credential.credentialid) in str(everything())
