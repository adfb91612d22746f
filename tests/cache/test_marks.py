"""Every operation marks each cached row that it changes, before its transaction commits and after.

Every service that acts for an actor is in OPERATIONS, with how it is called on a context. Rows are marked by the model,
in whichever way they are written: see test_model_marks.py. A module that passes by that is in UNMARKED.
"""

import ast
import importlib
import inspect
import pkgutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.apps import apps
from django.test import override_settings
from django.utils import timezone

from accounts.models import Profile
from accounts.services import access_ending, credentials, deletion, profiles, registration, reset_code_revocation, roles
from dashboard.cache import rows as cache
from dashboard.cache.rows import row_cache
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.services import Scope
from dashboard.db import prepared
from dashboard.db.instances import cacheable_columns
from dashboard.models import Record
from events.models import Action
from resetcodes.services import codes_of_services, reset_codes
from second_factors.models import RecoveryCode
from second_factors.services import enrolment, recovery_codes
from second_factors.services.proofs import Proof
from service_credentials.services import credentials as service_credentials
from sessions_app import models as session_models
from sessions_app.services import limit, purging, revocation, sessions
from tests.factories import (
    CHALLENGE,
    PASSWORD,
    AccountFactory,
    ProfileFactory,
    ResetCodeFactory,
    SecondFactorFactory,
    ServiceCredentialFactory,
    SessionFactory,
    SignInChallengeFactory,
    app_code,
)
from tests.isolation import transaction_of_test

ACTOR = Actor.command_line()
SERVICE = Actor(ActorKind.SERVICE)
USERNAME, SECRET_CODE, NEW = "the-username", "abc123def456", "something else"


class RequestContext:
    """An account with two of everything, and the owner's."""

    def __init__(self, **account: Any) -> None:
        self.owner = AccountFactory(owner=True)
        self.account = AccountFactory(username=USERNAME, **account)
        self.id = self.account.accountid
        self.session, self.other = SessionFactory.create_batch(2, account=self.account)
        SessionFactory(account=self.account, is_ended_by_request=True)
        self.default, self.profile = ProfileFactory.create_batch(2, account=self.account)
        self.code, _ = ResetCodeFactory.create_batch(
            2, account=self.account, secret_code=SECRET_CODE, created_by=self.owner
        )
        self.credential = ServiceCredentialFactory()
        self.account.profile = self.default
        self.account.save()

    def factor(self, *, pending: bool = False) -> str:
        """Give the account a second factor; return its id."""
        return str(SecondFactorFactory(account=self.account, pending=pending).factorid)

    def challenge(self) -> str:
        """Begin a sign-in to the account, which has a second factor then; return its challenge."""
        self.factor()
        SignInChallengeFactory(account=self.account)
        return CHALLENGE


Operation = Callable[[RequestContext], Any]

OPERATIONS: dict[Any, Operation] = {
    registration.create_account: lambda it: registration.create_account("somebody-new", PASSWORD, {}, ACTOR),
    registration.create_owner_account: lambda it: registration.create_owner_account("somebody-new", PASSWORD, ACTOR),
    credentials.set_account_username: lambda it: credentials.set_account_username(it.id, NEW, PASSWORD, ACTOR),
    credentials.set_account_password: lambda it: credentials.set_account_password(
        it.id, NEW, PASSWORD, it.session.sessionid, ACTOR
    ),
    credentials.unlock_account: lambda it: credentials.unlock_account(it.id, ACTOR),
    credentials.reset_session_key: lambda it: credentials.reset_session_key(it.id, ACTOR),
    deletion.set_account_deleted: lambda it: deletion.set_account_deleted(it.id, ACTOR),
    deletion.set_own_account_deleted: lambda it: deletion.set_own_account_deleted(it.id, PASSWORD, ACTOR),
    deletion.reset_account_deleted: lambda it: deletion.reset_account_deleted(it.id, ACTOR),
    deletion.reset_own_account_deleted: lambda it: deletion.reset_own_account_deleted(USERNAME, PASSWORD, ACTOR),
    deletion.delete_account: lambda it: deletion.delete_account(it.id, ACTOR),
    deletion.delete_account_by_owner: lambda it: deletion.delete_account_by_owner(it.id, it.owner, ACTOR),
    deletion.purge_account: lambda it: deletion.purge_account(it.id, ACTOR),
    access_ending.end_access: lambda it: access_ending.end_access(
        it.account, Action.RESET_SESSION_KEY, ACTOR, timezone.now()
    ),
    reset_code_revocation.pending_deletion: lambda it: delete_pending(it.account, it.code.codeid),
    reset_code_revocation.revoke_reset_codes: lambda it: reset_code_revocation.revoke_reset_codes(it.account, ACTOR),
    reset_code_revocation.revoke_created_reset_codes: lambda it: reset_code_revocation.revoke_created_reset_codes(
        it.owner, ACTOR
    ),
    reset_code_revocation.delete_reset_codes: lambda it: reset_code_revocation.delete_reset_codes(
        it.account.reset_codes, ACTOR
    ),
    codes_of_services.create_reset_code_by_service: lambda it: codes_of_services.create_reset_code_by_service(
        it.id, "", SERVICE
    ),
    reset_codes.insert_reset_code: lambda it: reset_codes.insert_reset_code(it.account, SECRET_CODE, ACTOR),
    profiles.create_profile: lambda it: profiles.create_profile(it.id, PROFILE, ACTOR, default=True),
    profiles.update_profile: lambda it: profiles.update_profile(it.profile.profileid, it.id, PROFILE, ACTOR),
    profiles.set_account_profile: lambda it: profiles.set_account_profile(it.id, it.profile.profileid, ACTOR),
    profiles.delete_profile: lambda it: profiles.delete_profile(it.profile.profileid, it.id, ACTOR),
    roles.set_account_administrator: lambda it: roles.set_account_administrator(it.id, ACTOR),
    roles.reset_account_administrator: lambda it: roles.reset_account_administrator(it.id, it.owner, ACTOR),
    roles.force_reset_account_administrator: lambda it: roles.force_reset_account_administrator(it.id, ACTOR),
    roles.set_owner_account: lambda it: roles.set_owner_account(it.id, it.owner, ACTOR),
    roles.force_owner_account: lambda it: roles.force_owner_account(it.id, ACTOR),
    reset_codes.create_reset_code: lambda it: reset_codes.create_reset_code(it.id, SECRET_CODE, ACTOR),
    reset_codes.create_random_reset_code: lambda it: reset_codes.create_random_reset_code(it.id, ACTOR),
    reset_codes.delete_reset_code: lambda it: reset_codes.delete_reset_code(it.code.codeid, ACTOR),
    reset_codes.delete_own_reset_code: lambda it: reset_codes.delete_own_reset_code(it.code.codeid, it.id, ACTOR),
    reset_codes.reset_account_password: lambda it: reset_codes.reset_account_password(
        USERNAME, NEW, SECRET_CODE, ACTOR
    ),
    sessions.create_session: lambda it: sessions.create_session(USERNAME, PASSWORD, "", ACTOR),
    sessions.set_session_ended: lambda it: sessions.set_session_ended(it.session.sessionid, ACTOR),
    sessions.set_own_session_ended: lambda it: sessions.set_own_session_ended(it.session.sessionid, it.id, ACTOR),
    sessions.end_other_sessions: lambda it: sessions.end_other_sessions(it.id, it.session.sessionid, ACTOR),
    limit.end_oldest_sessions: lambda it: end_oldest_sessions(it.account),
    revocation.end_sessions: lambda it: list(revocation.end_sessions(revocation.Selection(timezone.now()), ACTOR)),
    revocation.end_sessions_of_heavy_accounts: lambda it: end_heavy_sessions(),
    purging.purge_sessions: lambda it: list(purging.purge_sessions(timedelta(0))),
    sessions.create_administrator_session: lambda it: sessions.create_administrator_session(
        USERNAME, PASSWORD, "", ACTOR
    ),
    sessions.set_current_session_verified: lambda it: sessions.set_current_session_verified(
        it.session, PASSWORD, ACTOR
    ),
    sessions.set_session_verified: lambda it: sessions.set_session_verified(
        it.session.sessionid, it.session, USERNAME, PASSWORD, ACTOR
    ),
}

OPERATIONS |= {
    sessions.complete_session: lambda it: sessions.complete_session(it.challenge(), Proof(app_code()), ACTOR),
    sessions.complete_administrator_session: lambda it: sessions.complete_administrator_session(
        it.challenge(), Proof(app_code()), ACTOR
    ),
    enrolment.create_second_factor: lambda it: enrolment.create_second_factor(it.id, "totp", "", ACTOR),
    enrolment.confirm_second_factor: lambda it: enrolment.confirm_second_factor(
        it.factor(pending=True), it.id, it.session.sessionid, Proof(app_code()), ACTOR
    ),
    enrolment.update_second_factor: lambda it: enrolment.update_second_factor(it.factor(), it.id, "New", ACTOR),
    enrolment.delete_second_factor: lambda it: enrolment.delete_second_factor(it.factor(), it.id, ACTOR),
    enrolment.remove_second_factors: lambda it: (it.factor(), enrolment.remove_second_factors(it.id, ACTOR)),
    recovery_codes.create_recovery_codes: lambda it: (it.factor(), recovery_codes.create_recovery_codes(it.id, ACTOR)),
}


OPERATIONS |= {
    service_credentials.create_credential: lambda it: service_credentials.create_credential(
        "Web application", [Scope.ADMINISTER], [], None, ACTOR
    ),
    service_credentials.revoke_credential: lambda it: service_credentials.revoke_credential(
        it.credential.credentialid, ACTOR
    ),
}


def delete_pending(account: Any, codeid: str) -> None:
    changes, keys = reset_code_revocation.pending_deletion(account, [codeid], actor=ACTOR)
    prepared.execute_together(changes)
    row_cache.mark_dirty(*keys)


def end_heavy_sessions() -> None:
    with patch.object(revocation, "ROWS_AT_ONCE", 1), patch.object(session_models, "ROWS_AT_ONCE", 1):
        list(revocation.end_sessions_of_heavy_accounts(ACTOR))


def end_oldest_sessions(account: Any) -> None:
    with override_settings(MAXIMUM_SESSIONS=1):
        limit.end_oldest_sessions(account, ACTOR, timezone.now())


PROFILE = {"full-name": "Somebody Else", "contact-email": "else@example.com"}
STATES: dict[Any, dict[str, Any]] = {
    credentials.unlock_account: {"failed_sign_ins": 3},
    deletion.purge_account: {"overdue": True},
    deletion.reset_account_deleted: {"scheduled": True},
    deletion.reset_own_account_deleted: {"scheduled": True},
    roles.reset_account_administrator: {"administrator": True},
    roles.force_reset_account_administrator: {"administrator": True},
    sessions.create_administrator_session: {"administrator": True},
    sessions.complete_administrator_session: {"administrator": True},
}
STEPS = {  # of operations; they change columns that are never cached
    "accounts.services.authority",
    "accounts.services.lockout",
    "accounts.services.password_verification",
    "accounts.services.sign_in_clients",
    "second_factors.services.challenges",
    "second_factors.services.proofs",
    "service_credentials.services.authentication",
    "sessions_app.services.new_sessions",
    "sessions_app.services.validity",
}
UNMARKED = {
    "accounts.services.deletion",  # of whose sessions the account tells that nobody may use them
    "accounts.services.sign_in_clients",  # whose rows are never cached
    "dashboard.db.bulk",  # whose callers are listed here
    "resetcodes.models",  # which says what to mark
    "sessions_app.models",  # which marks the rows itself, by their ids
    "sessions_app.services.last_seen",  # which docs/revocation.md exempts
}

PASSING = {"unmarked", "set_each", "update_all", "delete_all"}
WRITING = {"update", "delete", "bulk_update", "bulk_create", "_raw_delete"}
PROJECT = Path(__file__).resolve().parents[2]
KINDS: list[Any] = [model for model in apps.get_models() if issubclass(model, Record)]
KINDS_OF_APP = Counter(kind._meta.app_config.name for kind in KINDS)


class Marks(set[str]):
    """A store of which only the marks are of interest."""

    def set_many(self, values: dict[str, Any], timeout: float) -> None:
        assert timeout == cache.DIRTY_SECONDS
        self.update(key for key, value in values.items() if value == cache.DIRTY)


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> Marks:
    marks = Marks()
    monkeypatch.setattr(row_cache, "store", marks)
    return marks


def cached_rows() -> dict[str, dict[str, Any]]:
    """What the cache may have of every row, by its key."""
    return {
        kind.cache_key(row[kind._meta.pk.attname]): row
        for kind in KINDS
        for row in kind.objects.values(*cacheable_columns(kind)[1])
    }


def every_row() -> dict[Any, list[dict[str, Any]]]:
    return {kind: list(kind.objects.order_by("pk").values()) for kind in (*KINDS, RecoveryCode)}


def modules(apps_with_records: bool = False) -> Iterator[Any]:
    """The modules of this project's apps, without migrations and commands."""
    for app in apps.get_app_configs():
        if Path(app.path).parent != PROJECT or (apps_with_records and not KINDS_OF_APP[app.name]):
            continue
        for found in pkgutil.walk_packages([app.path], f"{app.name}."):
            if not set(found.name.split(".")) & {"migrations", "management", "wsgi"}:
                yield importlib.import_module(found.name)


def operations() -> Iterator[Any]:
    """The public functions of services that act for somebody: what changes a row is among them."""
    for module in modules(apps_with_records=True):
        if ".services." not in module.__name__ or module.__name__ in STEPS:
            continue
        for name, function in vars(module).items():
            is_own = inspect.isfunction(function) and function.__module__ == module.__name__
            if is_own and not name.startswith("_") and "actor" in inspect.signature(function).parameters:
                yield function


def passes_by_marks(module: Any) -> bool:
    """Whether it writes rows in one of the ways that do not mark them."""
    calls = [it for it in ast.walk(ast.parse(Path(module.__file__).read_text())) if isinstance(it, ast.Call)]
    methods = [it.func for it in calls if isinstance(it.func, ast.Attribute)]
    names = {it.func.id for it in calls if isinstance(it.func, ast.Name)} | {it.attr for it in methods}
    return bool(names & PASSING) or any(
        it.attr in WRITING and "_base_manager" in ast.unparse(it.value) for it in methods
    )


def test_the_table_has_every_operation() -> None:
    missing = [f"{it.__module__}.{it.__name__}" for it in operations() if it not in OPERATIONS]
    assert not missing, "Add these services to OPERATIONS."


def test_no_other_module_writes_rows_without_marking_them() -> None:
    found = {it.__name__ for it in modules() if not it.__name__.startswith("dashboard.models") and passes_by_marks(it)}
    assert found == UNMARKED


@pytest.mark.parametrize("service", OPERATIONS, ids=lambda service: service.__name__)
def test_what_an_operation_changes_is_marked_before_the_commit_and_after_it(
    service: Any, marks: Marks, db: None, django_capture_on_commit_callbacks: Any
) -> None:
    context = RequestContext(**STATES.get(service, {}))
    before, rows_before = cached_rows(), every_row()
    with django_capture_on_commit_callbacks() as after_commit, transaction_of_test():
        OPERATIONS[service](context)
        after = cached_rows()
        changed = {key for key, row in before.items() if after.get(key) != row}
        assert changed or every_row() != rows_before  # an operation may change only columns that are never cached
        assert changed <= marks
    marks.clear()
    for callback in after_commit:
        callback()
    assert changed <= marks


def test_profiles_are_among_the_rows_that_are_compared() -> None:
    assert Profile in KINDS
