"""The account export: over the API for its owner, and by a command for operators."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator

from accounts.models import Account, Profile, SignInClient
from accounts.schemas import PROFILE
from accounts.services import credentials, deletion, roles
from dashboard.api.schema.objects import ObjectSchema
from dashboard.core.actor import Actor, ActorKind
from dashboard.models import querysets
from events.models import Action, Event
from events.services.recording import record
from operations.schemas import ACCOUNT_EXPORT, EXPORTED_ACCOUNT, EXPORTED_SESSION
from resetcodes.models import ResetCode
from resetcodes.schemas import RESET_CODE
from second_factors.models import SecondFactor
from second_factors.schemas import FACTOR
from second_factors.services import recovery_codes
from sessions_app.models import Session
from sessions_app.services import sessions
from tests.client import ApiClient
from tests.commands import run
from tests.factories import AccountFactory, ProfileFactory, ResetCodeFactory, SecondFactorFactory, SessionFactory

SCHEMA = {
    **ACCOUNT_EXPORT.as_schema(),
    "components": {"schemas": {it.component: it.as_schema() for it in ACCOUNT_EXPORT.parts}},
}
ANYBODY = Actor(ActorKind.ANYBODY, None, "203.0.113.7", "Mozilla/5.0 (Windows NT 10.0) Firefox/151.0")
SECRETS = {"csrfToken", "token", "sessionKey", "password", "usernameHash", "tokenHash", "secretCodeHash"}

WITHHELD: dict[Any, set[str]] = {
    Account: {"password", "username_hash", "session_key", "session_key_revocations"},
    Profile: set(),
    Session: {"token_hash", "csrf_token", "session_key_number", "ended_by_accountid"},
    ResetCode: {"secret_code_hash", "attempts_left", "created_by", "created_by_credential"},
    SecondFactor: {
        *("encrypted_secret", "last_step", "credential_id", "public_key", "sign_count", "transports", "registration")
    },
}


def by(account: Account, address: str) -> Actor:
    return Actor(ActorKind.ACCOUNT, account.accountid, address, "Mozilla/5.0 (X11; Linux) Firefox/150.0")


@pytest.fixture
def person(db: None) -> ApiClient:
    """An account with a history, among others with histories of their own."""
    session = SessionFactory(account=AccountFactory(failed_sign_ins=2, locked_until=timezone.now()))
    account, administrator = session.account, AccountFactory(owner=True)
    for somebody in (account, administrator):
        ProfileFactory.create_batch(2, account=somebody)
        ResetCodeFactory(account=somebody)
        SecondFactorFactory(account=somebody)
        SessionFactory.create_batch(2, account=somebody)
    own, theirs = Session.objects.filter(account=account).exclude(pk=session.pk)
    sessions.set_session_ended(own.pk, by(account, "203.0.113.7"))
    sessions.set_session_ended(theirs.pk, by(administrator, "198.51.100.1"))
    record(Action.CREATE_SESSION, account.accountid, ANYBODY, session.sessionid)
    record(Action.REFUSE_SIGN_IN, account.accountid, ANYBODY, refusal="invalid-password")
    record(Action.RESET_SESSION_KEY, administrator.accountid, by(account, "203.0.113.7"))
    record(Action.CREATE_PROFILE, administrator.accountid, by(administrator, "198.51.100.1"))
    return ApiClient(session)


def exported(person: ApiClient) -> Any:
    return person.get("user/export-account", accountid=person.account.accountid).json()


def names(found: Any) -> set[str]:
    """Return every name in a document."""
    if isinstance(found, dict):
        return set(found).union(*map(names, found.values()))
    return set().union(*map(names, found)) if isinstance(found, list) else set()


def test_document_matches_its_schema(person: ApiClient) -> None:
    Draft202012Validator(SCHEMA).validate(exported(person))


def test_document_has_everything_of_the_account_and_nothing_of_others(person: ApiClient) -> None:
    document, account = exported(person), person.account
    assert document["account"]["accountid"] == account.accountid
    assert (document["account"]["failedSignIns"], "lockedUntil" in document["account"]) == (2, True)
    assert {it["profileid"] for it in document["profiles"]} == {it.pk for it in account.profiles.all()}
    assert {it["sessionid"] for it in document["sessions"]} == {it.pk for it in account.sessions.all()}
    assert {it["factorid"] for it in document["secondFactors"]} == {it.pk for it in account.second_factors.all()}
    assert {it["codeid"] for it in document["resetCodes"]} == {it.pk for it in account.reset_codes.all()}
    assert len(document["events"]) == Event.objects.filter(accountid=account.pk).count() == 4
    assert [it["action"] for it in document["eventsOnOthers"]] == ["reset-session-key"]


@pytest.mark.parametrize(
    ("model", "part"),
    [
        (Account, EXPORTED_ACCOUNT),
        (Profile, PROFILE),
        (Session, EXPORTED_SESSION),
        (ResetCode, RESET_CODE),
        (SecondFactor, FACTOR),
    ],
)
def test_every_column_is_exported_or_withheld_on_purpose(model: Any, part: ObjectSchema) -> None:
    exported = part.required | part.optional
    columns = {it.name for it in model._meta.concrete_fields if _name_on_the_wire(it) not in exported}
    assert columns == WITHHELD[model], "Add new columns to operations/representations.py, or to WITHHELD."


def _name_on_the_wire(field: Any) -> str:
    if field.is_relation:
        return f"{field.name}id"
    first, *others = field.name.split("_")
    return first + "".join(map(str.title, others))


def test_document_has_no_secrets(person: ApiClient) -> None:
    account = person.account
    assert not names(exported(person)) & SECRETS
    text = json.dumps(exported(person))
    secrets = [account.password, account.username_hash, account.session_key]
    secrets += [value for row in Session.objects.values_list("token_hash", "csrf_token") for value in row]
    secrets += SecondFactor.objects.values_list("encrypted_secret", flat=True)
    secrets += ResetCode.objects.values_list("secret_code_hash", flat=True)
    assert not [secret for secret in secrets if secret in text]


def test_document_says_when_recovery_codes_were_used_and_not_which(person: ApiClient) -> None:
    codes = recovery_codes.create_recovery_codes(person.account.pk, Actor.command_line())
    account = Account.objects.get(pk=person.account.pk)
    assert recovery_codes.spend(account, codes[0], timezone.now())
    document = exported(person)
    assert [sorted(it) for it in document["recoveryCodes"]] == [["createdAt", "usedAt"], *[["createdAt"]] * 9]
    assert not [code for code in codes if code in json.dumps(document)]


def test_networks_and_browsers_of_sign_ins_are_told_without_the_hash_of_a_cookie(person: ApiClient) -> None:
    now = timezone.now()
    for number, client in enumerate(("browser " + "0f" * 16, "network 203.0.113.7/32")):
        SignInClient.objects.create(account=person.account, client=client, last_seen_at=now - timedelta(hours=number))
    SignInClient.objects.filter(client__startswith="browser").update(is_trusted=True)
    SignInClient.objects.filter(client__startswith="network").update(failed_sign_ins=3, locked_until=now)
    SignInClient.objects.create(account=AccountFactory(), client="network 198.51.100.1/32")
    browser, network = exported(person)["signInClients"]
    assert (browser["client"], browser["trusted"], browser["failedSignIns"]) == ("browser", True, 0)
    assert (network["client"], network["trusted"], network["failedSignIns"]) == ("network 203.0.113.7/32", False, 3)
    assert ("lockedUntil" in browser, "lockedUntil" in network) == (False, True)


def test_actors_are_named_except_other_accounts(person: ApiClient) -> None:
    document = exported(person)
    told = {(it["action"], it["actorKind"], it.get("ipAddress")) for it in document["events"]}
    assert told == {
        ("set-session-ended", "account", "203.0.113.7"),
        ("set-session-ended", "another account", None),
        ("create-session", "anybody", "203.0.113.7"),
        ("refuse-sign-in", "anybody", "203.0.113.7"),
    }
    ended = {(it.get("endedByAction"), it.get("endedByKind")) for it in document["sessions"]}
    assert ended == {(None, None), ("set-session-ended", "account"), ("set-session-ended", "another account")}
    assert "198.51.100.1" not in json.dumps(document)
    assert not [it for it in document["events"] if it["actorKind"] == "another account" and "userAgent" in it]


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_long_histories_are_complete_and_ordered(count: int, user: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querysets, "ROWS_PER_CHUNK", 2)
    now = timezone.now()
    for number in range(count):  # some at the same time
        Event.objects.create(action=str(number), accountid=user.account.pk, created_at=now - timedelta(number // 2))
    events = Event.objects.order_by("-created_at", "-pk")
    assert [it["action"] for it in exported(user)["events"]] == [event.action for event in events]


def test_document_is_streamed(user: ApiClient) -> None:
    response = user.get("user/export-account", accountid=user.account.accountid)
    assert response.streaming
    assert response["Content-Type"] == "application/json"
    assert response["Content-Disposition"] == f'attachment; filename="{user.account.accountid}.json"'


def test_operator_gets_the_same_document(person: ApiClient) -> None:
    result = run("export_account", person.account.accountid)
    assert (result.status, result.complained) == (0, "")
    assert json.loads(result.said) == exported(person)
    assert run("export_account", person.account.accountid, "--json") == result


def test_operator_exports_an_account_that_is_scheduled_for_deletion(person: ApiClient) -> None:
    account = person.account
    roles.set_account_administrator(account.accountid, Actor.command_line())
    credentials.unlock_account(account.accountid, Actor.command_line())
    deletion.set_account_deleted(account.accountid, Actor.command_line())
    document = json.loads(run("export_account", account.accountid).said)
    assert "deletedAt" in document["account"]
    assert {it["actorKind"] for it in document["events"]} >= {"command line"}
    Draft202012Validator(SCHEMA).validate(document)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_account_is_not_found(options: list[str], db: None) -> None:
    result = run("export_account", "acct_0123456789abcdef", *options)
    assert (result.status, result.said) == (1, "")
    assert "No account has this accountid." in result.complained
