"""Attacks with a request that was authenticated before its session ended, and does its work after that."""

from contextlib import nullcontext
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from accounts.services import access_ending, credentials, deletion, registration, reset_code_revocation
from accounts.services.reset_code_revocation import CODES_TOGETHER
from dashboard.api.access.services import CredentialRefusedError
from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Action, Event
from operations import list_export
from resetcodes.services import codes_of_services, reset_codes
from second_factors.services import enrolment
from service_credentials.models import ServiceCredential
from service_credentials.services import credentials as service_credentials
from sessions_app import models as session_models
from sessions_app.models import Session
from sessions_app.services import limit, purging, revocation, sessions
from tests.cache import test_marks
from tests.factories import (
    PASSWORD,
    AccountFactory,
    ResetCodeFactory,
    SecondFactorFactory,
    ServiceCredentialFactory,
    SessionFactory,
)

WITHOUT_SESSION = {  # nobody's session asks for these
    deletion.purge_account,
    limit.end_oldest_sessions,
    purging.purge_sessions,
    registration.create_owner_account,
    revocation.end_sessions_of_heavy_accounts,
}
PROVING = {  # a password, a code or a challenge permits these, whatever session the request has
    registration.create_account,
    reset_codes.reset_account_password,
    sessions.complete_administrator_session,
    sessions.complete_session,
    sessions.create_administrator_session,
    sessions.create_session,
}
PARTS = {  # of operations, whose transaction they need
    access_ending.end_access,
    reset_code_revocation.delete_reset_codes,
    reset_code_revocation.pending_deletion,
    reset_code_revocation.revoke_created_reset_codes,
    reset_code_revocation.revoke_reset_codes,
    reset_codes.insert_reset_code,
}
OF_SESSIONS = [it for it in test_marks.OPERATIONS if it not in WITHOUT_SESSION | PROVING]
WAYS = {
    "ended": {"ended_at": timezone.now},
    "another number of the key": {"session_key_number": lambda: 0},
}


def every_row() -> dict[Any, list[dict[str, Any]]]:
    return {
        model: list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if not model.__module__.startswith("django.")
    }


def actor_of(session: Session) -> Actor:
    return Actor(ActorKind.ACCOUNT, session.account_id, "192.0.2.1", sessionid=session.sessionid)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("service", OF_SESSIONS, ids=lambda service: service.__name__)
def test_an_operation_of_a_session_that_has_ended_changes_nothing(
    service: Any, way: dict[str, Any], db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = test_marks.RequestContext(**test_marks.STATES.get(service, {}))
    session = SessionFactory(account=context.owner)
    if service.__module__.startswith("second_factors."):
        factorid = context.factor(pending=service is enrolment.confirm_second_factor)
        monkeypatch.setattr(context, "factor", lambda **options: factorid)
    monkeypatch.setattr(test_marks, "ACTOR", actor_of(session))
    monkeypatch.setattr(test_marks, "SERVICE", actor_of(session))
    Session._base_manager.filter(pk=session.pk).update(**{name: value() for name, value in way.items()})
    before = every_row()
    with pytest.raises(DashboardError) as raised, transaction.atomic() if service in PARTS else nullcontext():
        test_marks.OPERATIONS[service](context)
    assert raised.value.error_code is ErrorCode.SIGN_IN_REQUIRED
    assert every_row() == before


def test_the_rest_of_a_deletion_does_not_need_the_session(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first transaction of an account with many rows ends the session of an administrator who deletes their own."""
    monkeypatch.setattr(deletion, "ROWS_PER_TRANSACTION", 2)
    administrator = AccountFactory(administrator=True)
    session, *_ = SessionFactory.create_batch(5, account=administrator)
    deletion.delete_account(administrator.accountid, actor_of(session))
    assert not type(administrator).objects.filter(pk=administrator.pk).exists()


def test_failed_sign_ins_are_recorded_all_the_same(db: None) -> None:
    session = SessionFactory()
    Session._base_manager.filter(pk=session.pk).update(ended_at=timezone.now())
    with pytest.raises(DashboardError) as raised:
        sessions.set_current_session_verified(session, "a wrong password", actor_of(session))
    assert raised.value.error_code is ErrorCode.PASSWORD_WRONG
    assert Event.objects.filter(refusal="invalid-password").count() == 1


def test_a_service_whose_credential_was_revoked_meanwhile_changes_nothing(db: None) -> None:
    account, credential = AccountFactory(), ServiceCredentialFactory()
    ServiceCredential._base_manager.filter(pk=credential.pk).update(revoked_at=timezone.now())
    actor = Actor(ActorKind.SERVICE, credentialid=credential.credentialid)
    before = every_row()
    with pytest.raises(CredentialRefusedError) as raised:
        codes_of_services.create_reset_code_by_service(account.accountid, "", actor)
    assert (raised.value.error_code, raised.value.credentialid) == (ErrorCode.CREDENTIAL_REVOKED, credential.pk)
    assert every_row() == before


ENDING_ITSELF = {
    Action.RESET_SESSION_KEY: credentials.reset_session_key,
    Action.SET_ACCOUNT_DELETED: deletion.set_account_deleted,
    Action.REMOVE_SECOND_FACTORS: enrolment.remove_second_factors,
    Action.DELETE_ACCOUNT: deletion.delete_account,
}


@pytest.mark.parametrize("codes", [0, 1, CODES_TOGETHER + 1])
@pytest.mark.parametrize("rows_at_once", [0, 500])
@pytest.mark.parametrize(("action", "operation"), ENDING_ITSELF.items(), ids=ENDING_ITSELF)
def test_an_administrator_may_end_the_session_that_asks_for_it(  # noqa: PLR0917  what varies, and fixtures
    action: Action, operation: Any, rows_at_once: int, codes: int, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_models, "ROWS_AT_ONCE", rows_at_once)
    monkeypatch.setattr(deletion, "ROWS_PER_TRANSACTION", rows_at_once + 2)
    administrator = AccountFactory(administrator=True)
    if action is Action.REMOVE_SECOND_FACTORS:
        SecondFactorFactory(account=administrator)
        administrator.refresh_from_db()
    session, *_ = SessionFactory.create_batch(3, account=administrator, second_factor_at=timezone.now())
    ResetCodeFactory.create_batch(codes, account=administrator)
    operation(administrator.accountid, actor_of(session))
    assert Event.objects.filter(action=action).count() == 1
    now = timezone.now()
    assert not Session.objects.filter(account=administrator.pk).active(now).exists()


@pytest.mark.parametrize("codes", [0, 1, CODES_TOGETHER + 1])
@pytest.mark.parametrize("rows_at_once", [0, 500])
def test_people_may_schedule_the_deletion_of_their_account(
    rows_at_once: int, codes: int, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_models, "ROWS_AT_ONCE", rows_at_once)
    session, *_ = SessionFactory.create_batch(3, account=AccountFactory())
    ResetCodeFactory.create_batch(codes, account=session.account)
    deletion.set_own_account_deleted(session.account_id, PASSWORD, actor_of(session))
    assert Event.objects.filter(action=Action.SET_ACCOUNT_DELETED).count() == 1


def test_an_export_ends_although_the_session_has_ended(db: None) -> None:
    session = SessionFactory(account=AccountFactory(owner=True))
    parts = list_export.export_list("events", Event.objects.all(), "", actor_of(session), session.account)
    next(parts)
    Session._base_manager.filter(pk=session.pk).update(ended_at=timezone.now())
    list(parts)
    assert "complete" in Event.objects.get(action=Action.FINISH_EXPORT).details


def test_the_codes_of_a_revoked_credential_are_deleted_although_the_session_has_ended(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, credential = SessionFactory(account=AccountFactory(owner=True)), ServiceCredentialFactory()
    code = ResetCodeFactory(created_by_credential=credential)
    revoke = service_credentials._revoke

    def revoke_and_end(*arguments: Any) -> Any:
        revoked = revoke(*arguments)
        Session._base_manager.filter(pk=session.pk).update(ended_at=timezone.now())
        return revoked

    monkeypatch.setattr(service_credentials, "_revoke", revoke_and_end)
    service_credentials.revoke_credential(credential.credentialid, actor_of(session))
    assert not type(code).objects.exists()
