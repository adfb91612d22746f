"""What the document promises is kept: schemathesis makes requests of it, good and bad, and checks every answer."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection, positive_data_acceptance

from dashboard.core.services import Scope
from dashboard.core.text import is_storable
from dashboard.models import ID_PATTERN
from sessions_app.models import Session
from tests.application import application
from tests.factories import (
    PASSWORD,
    TOKEN,
    AccountFactory,
    ProfileFactory,
    ResetCodeFactory,
    SecondFactorFactory,
    ServiceCredentialFactory,
    SessionFactory,
    service_token,
)
from tests.isolation import transaction_of_test

# What requests name where they are to name something: the rows that `callers` makes.
ROWS = {
    "query.accountid": "acct_0000000000000000",
    "query.sessionid": "sess_0000000000000000",
    "query.profileid": "prof_0000000000000000",
    "query.codeid": "code_0000000000000000",
    "query.factorid": "fact_0000000000000000",
    "body.profileid": "prof_0000000000000000",
    "body.username": "somebody",
    "body.password": PASSWORD,
    "body.secret-code": "abc123def456",
}


def config(examples: int, *, coverage: bool) -> schemathesis.Config:
    """Every check is on; the same requests every time."""
    return schemathesis.Config.from_dict(
        {
            "generation": {
                "max-examples": examples,
                "deterministic": True,
                "database": "none",
                "no-shrink": True,
                "with-security-parameters": False,  # the tests sign in; made-up credentials would only find the 401
            },
            "phases": {"coverage": {"enabled": coverage}, "examples": {"enabled": coverage}},
            "dictionaries": {name: {"values": [value]} for name, value in ROWS.items()},
            "parameters": {name: {"dictionary": name, "probability": 0.8} for name in ROWS},
        }
    )


def document(examples: int, *, coverage: bool) -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.json", application, config=config(examples, coverage=coverage))


as_who_may, as_all = document(2, coverage=True), document(1, coverage=False)
each_request = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture
def _connected(db: None, settings: Any) -> Iterator[None]:
    """As Django's own test client: the test's transaction is in the connection, which requests must leave open."""
    # No schema can tell which codes, passwords and usernames these are.
    settings.REFUSE_TRIVIAL_RESET_CODES = settings.PASSWORD_BLOCKLIST = settings.RESTRICT_USERNAMES = False
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


NOW = timezone.now()
FULL_ACCOUNT = dict.fromkeys(
    (
        "session_key_last_reset_at",
        "last_signed_in_at",
        "username_last_changed_at",
        "password_last_changed_at",
        "reset_code_last_created_at",
        "reset_code_last_used_at",
    ),
    NOW,
)
FULL_PROFILE = dict.fromkeys(
    ("display_name", "display_email", "phone", "occupation", "location", "company_name", "website"), "any text"
)
FULL_SESSION = {"ip_address": "2001:db8::1", "user_agent": "Firefox 151 on Windows", "last_seen_at": NOW}


@pytest.fixture
def callers(_connected: None) -> dict[str, dict[str, str]]:
    """What each sign in with; the rows that ROWS names are the user's, and have a value in every field."""
    user = AccountFactory(accountid=ROWS["query.accountid"], username=ROWS["body.username"], **FULL_ACCOUNT)
    ProfileFactory(account=user, profileid=ROWS["query.profileid"], dob=NOW.date(), **FULL_PROFILE)
    ResetCodeFactory(account=user, codeid=ROWS["query.codeid"], secret_code=ROWS["body.secret-code"])
    SecondFactorFactory(account=user, factorid=ROWS["query.factorid"], pending=True)
    AccountFactory(scheduled=True)
    SessionFactory(account=user, is_ended_by_request=True)
    sessions = {
        "user": SessionFactory(account=user, sessionid=ROWS["query.sessionid"], **FULL_SESSION),
        "administrator": SessionFactory(account=AccountFactory(owner=True)),
    }
    service = {"Authorization": f"Bearer {service_token(ServiceCredentialFactory(scopes=' '.join(Scope)))}"}
    return {"nobody": {}, "service": service, **{name: bearer(session) for name, session in sessions.items()}}


def bearer(session: Session) -> dict[str, str]:
    return {"Authorization": f"Bearer {session.sessionid}.{TOKEN}"}


def name_rows(case: schemathesis.Case) -> None:
    """An id of the right form names a row: made-up ones would only find the 404."""
    for container, prefix in ((case.query, "query"), (case.body, "body")):
        for name, value in container.items() if isinstance(container, dict) else ():
            if f"{prefix}.{name}" in ROWS and isinstance(value, str) and ID_PATTERN.fullmatch(value):
                container[name] = ROWS[f"{prefix}.{name}"]


guarded: set[str] = set()  # routes that ignored_auth has tried: once is enough, since it makes several requests


MEANT = {"default": ("true", "false"), "remember": ("hours", "days")}


def has_unread_field(case: schemathesis.Case) -> bool:
    """Whether an optional field has a value without a meaning: it reads as not given, there is nothing to refuse."""
    body = case.body if isinstance(case.body, dict) else {}
    name = body.get("name", "")
    names_nothing = "create-second-factor" in case.operation.label and not (isinstance(name, str) and is_storable(name))
    is_found_by_id = "service/create-reset-code" in case.operation.path and "accountid" in (case.query or {})
    return names_nothing or is_found_by_id or any(name in body and body[name] not in MEANT[name] for name in MEANT)


def lacks_proof(case: schemathesis.Case) -> bool:
    """Whether a request that takes a code or a credential has neither, which the schema of the two cannot say."""
    takes_proof = case.operation.label.endswith(("/complete-session", "/confirm-second-factor"))
    return takes_proof and not (isinstance(case.body, dict) and (case.body.get("code") or case.body.get("credential")))


def has_made_up_cursor(case: schemathesis.Case) -> bool:
    """Whether a request follows the feed from a cursor that no answer has had."""
    return case.operation.path == "/api/feed" and "after" in (case.query or {})


def check(case: schemathesis.Case, headers: dict[str, str], *, names_nobody: bool = False) -> None:
    name_rows(case)
    excluded = [negative_data_rejection] if has_unread_field(case) else []
    if lacks_proof(case) or has_made_up_cursor(case) or names_nobody:
        excluded.append(positive_data_acceptance)
    if case.operation.label in guarded:
        excluded.append(ignored_auth)
    with transaction_of_test():
        response = case.call_and_validate(headers=headers, excluded_checks=excluded)
        transaction.set_rollback(True)
    if headers and response.status_code in (HTTPStatus.OK, HTTPStatus.NO_CONTENT):
        guarded.add(case.operation.label)


@as_who_may.parametrize()
@each_request
def test_answers_to_who_may_call_are_as_documented(case: schemathesis.Case, callers: dict[str, Any]) -> None:
    """With every boundary of every parameter, every wrong method, everything that is missing or of a wrong type."""
    is_for_anybody = not case.operation.definition.raw["security"]
    part = case.operation.path.split("/")[2]
    role = "nobody" if is_for_anybody else {"check": "user", "feed": "service"}.get(part, part)
    check(case, callers[role])


@as_all.parametrize()
@each_request
def test_answers_to_everybody_are_as_documented(case: schemathesis.Case, callers: dict[str, Any]) -> None:
    for name, headers in callers.items():
        check(case, headers, names_nobody=name == "service")  # for whom it would act
