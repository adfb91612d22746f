"""Create and revoke credentials: who may, what is refused, what is stored and recorded."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from dashboard.core.actor import Actor, ActorKind
from dashboard.core.errors import DashboardError, ErrorCode
from events.models import Event
from service_credentials.models import TOKEN_PATTERN, ServiceCredential
from service_credentials.services import credentials
from tests.cases import everything
from tests.factories import AccountFactory, ServiceCredentialFactory, SessionFactory

OPERATOR = Actor.command_line()


def create(actor: Actor = OPERATOR, **changes: Any) -> tuple[ServiceCredential, str]:
    fields = {"name": "Web application", "scopes": ["act-for-users"], "networks": [], "expires_at": None}
    return credentials.create_credential(**{**fields, **changes}, actor=actor)


def actor_of(kind: ActorKind, **role: bool) -> Actor:
    session = SessionFactory(account=AccountFactory(**role))
    return Actor(kind, session.account_id, "203.0.113.7", sessionid=session.sessionid)


def refusal(operation: Any) -> ErrorCode:
    before = everything()
    with pytest.raises(DashboardError) as refused:
        operation()
    assert everything() == before
    return refused.value.error_code


def test_token_has_256_random_bits_and_is_not_stored(db: None) -> None:
    (credential, token), (_, another) = create(), create()
    assert TOKEN_PATTERN.fullmatch(token)
    assert token.startswith(f"dsk_{credential.credentialid[5:]}_")
    assert len({token[-64:], another[-64:]}) == 2
    assert token[-64:] not in str(everything())


def test_scopes_and_networks_are_stored_in_one_form(db: None) -> None:
    networks = [" 203.0.113.7", "::ffff:198.51.100.0/120", "2001:DB8::/32", "203.0.113.7/32"]
    credential, _ = create(scopes=["administer", "act-for-users", "administer"], networks=networks)
    assert credential.scopes == "act-for-users administer"
    assert credential.networks == "203.0.113.7/32 198.51.100.0/24 2001:db8::/32"


@pytest.mark.parametrize(
    ("changes", "error_code"),
    [
        *(({"name": name}, ErrorCode.CREDENTIAL_NAME) for name in ("", "  ", "a\nb", "a" * 51, "a\0b", "\u202ea")),
        *(({"scopes": it}, ErrorCode.CREDENTIAL_SCOPES) for it in ([], ["everything"], ["administer", ""])),
        *(
            ({"networks": [it]}, ErrorCode.CREDENTIAL_NETWORKS)
            for it in ("", "example.com", "203.0.113.7/24", "203.0.113.0/33", "203.0.113.0/24 10.0.0.0/8")
        ),
        ({"networks": [f"203.0.113.{it}" for it in range(51)]}, ErrorCode.CREDENTIAL_NETWORKS),
        ({"expires_at": datetime(2022, 6, 24, tzinfo=UTC)}, ErrorCode.CREDENTIAL_EXPIRY),
    ],
    ids=lambda it: str(it)[:60],
)
def test_what_makes_no_sense_is_refused(changes: Any, error_code: ErrorCode, db: None) -> None:
    assert refusal(lambda: create(**changes)) is error_code


NOT_THE_OWNER = [
    (ActorKind.ACCOUNT, {"administrator": True}, ErrorCode.NOT_OWNER),
    (ActorKind.ACCOUNT, {}, ErrorCode.ADMINISTRATOR_REQUIRED),
    (ActorKind.APPLICATION_SERVER, {"owner": True}, ErrorCode.NOT_OWNER),
    (ActorKind.SERVICE, {"owner": True}, ErrorCode.NOT_OWNER),
    (ActorKind.ANYBODY, {"owner": True}, ErrorCode.NOT_OWNER),
]


@pytest.mark.parametrize(("kind", "role", "error_code"), NOT_THE_OWNER, ids=str)
def test_nobody_but_operators_and_the_owner_signed_in_may(
    kind: ActorKind, role: dict[str, bool], error_code: ErrorCode, db: None
) -> None:
    actor, credential = actor_of(kind, **role), ServiceCredentialFactory()
    assert refusal(lambda: create(actor)) is error_code
    assert refusal(lambda: credentials.revoke_credential(credential.credentialid, actor)) is error_code


def test_owner_may_and_is_named(db: None) -> None:
    owner = actor_of(ActorKind.ACCOUNT, owner=True)
    credential, token = create(owner)
    credentials.revoke_credential(credential.credentialid, owner)
    assert credential.created_by == owner.accountid
    events = Event.objects.order_by("id")
    assert [it.action for it in events] == ["create-credential", "revoke-credential"]
    for event in events:
        assert (event.targetid, event.actor_accountid) == (credential.credentialid, owner.accountid)
        assert event.details == "Web application (act-for-users)"
        assert token[-64:] not in str(event.as_json())


def test_revoked_credential_stays_and_is_not_revoked_twice(db: None) -> None:
    credential, _ = create()
    revoked = credentials.revoke_credential(credential.credentialid, OPERATOR)
    assert revoked.revoked_at
    again = refusal(lambda: credentials.revoke_credential(credential.credentialid, OPERATOR))
    assert again is ErrorCode.CREDENTIAL_ALREADY_REVOKED


@pytest.mark.parametrize(
    ("given", "error_code"),
    [
        ("", ErrorCode.CREDENTIALID_MISSING),
        ("cred_0123456789abcdef", ErrorCode.CREDENTIALID_UNKNOWN),
        ("x", ErrorCode.CREDENTIALID_UNKNOWN),
    ],
)
def test_unknown_credential_is_not_revoked(given: str, error_code: ErrorCode, db: None) -> None:
    assert refusal(lambda: credentials.revoke_credential(given, OPERATOR)) is error_code


def test_usable_are_those_that_are_neither_revoked_nor_expired(db: None) -> None:
    usable = ServiceCredentialFactory()
    ServiceCredentialFactory(revoked=True)
    ServiceCredentialFactory(expired=True)
    assert ServiceCredential.objects.usable(timezone.now()).get() == usable
