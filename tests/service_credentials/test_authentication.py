"""Requests with a credential: how it is sent, when it is refused, and what its use leaves behind."""

import hmac
import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from events.models import Event
from service_credentials.models import ServiceCredential
from service_credentials.services import authentication
from sessions_app.models import Session
from tests.cases import service_client
from tests.client import ApiClient, outcome
from tests.factories import TOKEN, AccountFactory, ServiceCredentialFactory, SessionFactory, service_token

OK = (200, "")
WRONG = (401, "invalid-credential")
SCOPE = (403, "insufficient-scope")
OWN = "service/credential"


@pytest.fixture
def credential(db: None) -> ServiceCredential:
    made: ServiceCredential = ServiceCredentialFactory()
    return made


def ask(
    headers: dict[str, str], route: str = OWN, address: str = "127.0.0.1", method: str = "GET", **query: Any
) -> Any:
    return ApiClient(address=address).call(method, route, headers=headers, **query)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def ask_with(credential: ServiceCredential, **options: Any) -> tuple[int, str]:
    return outcome(ask(bearer(service_token(credential)), **options))


def test_service_sees_its_credential_and_not_its_hash(credential: ServiceCredential) -> None:
    seen = ask(bearer(service_token(credential))).json()
    assert seen["credentialid"] == credential.credentialid
    assert seen["scopes"] == ["act-for-users"]
    assert credential.token_hash not in str(seen)


# Where it is sent


def test_it_is_sent_as_bearer_token_or_where_the_contract_has_its_token(credential: ServiceCredential) -> None:
    token = service_token(credential)
    ways: list[dict[str, str]] = [
        bearer(token),
        {"authorization": f"bearer  {token}"},
        {"x-application-server-token": token},
        {"x-application-server": "https://any.example.com", "x-application-server-token": token},
        bearer(token) | {"x-application-server-token": token},
    ]
    assert [outcome(ask(headers)) for headers in ways] == [OK] * len(ways)


def test_it_is_not_taken_from_the_query_or_a_cookie(credential: ServiceCredential) -> None:
    token = service_token(credential)
    client = ApiClient()
    client.client.cookies["sessionid"] = client.client.cookies["token"] = token
    assert outcome(client.get(OWN)) == (401, "Sign in required")
    assert outcome(ask({}, access_token=token, token=token)) == (401, "Sign in required")


def test_two_tokens_that_differ_are_refused(credential: ServiceCredential, settings: Any) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://app.example.com", "a token"
    token, other = service_token(credential), service_token(ServiceCredentialFactory())
    for beside in (other, "a token", "x"):
        assert outcome(ask(bearer(token) | {"x-application-server-token": beside})) == WRONG


def test_token_of_the_settings_may_look_like_one(db: None, settings: Any) -> None:
    settings.APPLICATION_SERVER, settings.APPLICATION_SERVER_TOKEN = "https://app.example.com", "dsk_of our own"
    session = SessionFactory()
    headers = {
        "x-application-server": "https://app.example.com",
        "x-application-server-token": "dsk_of our own",
        "x-accountid": session.account_id,
        "x-sessionid": session.sessionid,
    }
    assert outcome(ask(headers, "user/account", accountid=session.account_id)) == OK
    assert outcome(ask(headers)) == (401, "Sign in required")


def test_cookies_beside_a_credential_are_not_looked_at(credential: ServiceCredential) -> None:
    client = ApiClient(SessionFactory())
    for token, expected in ((service_token(credential), (400, "invalid-accountid")), ("dsk_x", WRONG)):
        response = client.call("GET", "user/account", headers=bearer(token), accountid=client.account.accountid)
        assert outcome(response) == expected


# When it is refused


def test_what_is_no_token_of_a_credential_is_refused(credential: ServiceCredential) -> None:
    token = service_token(credential)
    for wrong in (
        f"{token[:-1]}0" if token[-1] != "0" else f"{token[:-1]}1",
        token[:-1],
        f"{token}0",
        token.upper().replace("DSK", "dsk"),
        service_token(ServiceCredentialFactory.build()),
        "dsk_",
        "dsk_ö",
        f"dsk_{'0' * 5000}",
        f"{token} {token}",
    ):
        headers = bearer(wrong.encode().decode("latin-1"))
        response = ask(headers)
        assert outcome(response) == WRONG
        assert response["WWW-Authenticate"] == 'Bearer realm="dashboard"'


def test_revoked_and_expired_ones_are_told_apart_to_who_has_the_token(db: None) -> None:
    revoked, expired = ServiceCredentialFactory(revoked=True), ServiceCredentialFactory(expired=True)
    details = [ask(bearer(service_token(it))).json()["detail"] for it in (revoked, expired)]
    assert details == ["The service credential was revoked.", "The service credential has expired."]
    guessed = bearer(service_token(revoked)[:-1] + "0")
    assert ask(guessed).json()["detail"] == "The service credential is wrong."


def test_it_works_until_the_moment_at_which_it_expires(db: None) -> None:
    moment = timezone.now().replace(microsecond=0)
    credential = ServiceCredentialFactory(expires_at=moment)
    with time_machine.travel(moment - timedelta(seconds=1), tick=False):
        assert ask_with(credential) == OK
    with time_machine.travel(moment, tick=False):
        assert ask_with(credential) == WRONG


FROM = [
    ("203.0.113.0/24", "203.0.113.7", OK),
    ("203.0.113.0/24", "203.0.114.7", (403, "invalid-network")),
    ("203.0.113.0/24", "::ffff:203.0.113.7", OK),
    ("203.0.113.0/24", "2001:db8::7", (403, "invalid-network")),
    ("203.0.113.0/24 2001:db8::/32", "2001:db8::7", OK),
    ("2001:db8::/32", "2001:db9::7", (403, "invalid-network")),
    ("203.0.113.0/24", "", (403, "invalid-network")),
    ("", "", OK),
]


@pytest.mark.parametrize(("networks", "address", "expected"), FROM)
def test_it_works_from_its_networks(networks: str, address: str, expected: tuple[int, str], db: None) -> None:
    credential = ServiceCredentialFactory(networks=networks)
    assert ask_with(credential, address=address) == expected


def test_address_that_a_service_says_does_not_open_its_networks(db: None) -> None:
    credential = ServiceCredentialFactory(networks="203.0.113.0/24")
    headers = bearer(service_token(credential)) | {"X-Client-Address": "203.0.113.7", "X-Forwarded-For": "203.0.113.7"}
    assert outcome(ask(headers, address="198.51.100.1")) == (403, "invalid-network")


def test_it_is_of_one_appid(credential: ServiceCredential, settings: Any) -> None:
    settings.APPID = "another"
    assert ask_with(credential) == WRONG


def test_scope_that_would_do_is_named(db: None) -> None:
    response = service_client("read-events").get("administrator/accounts")
    assert outcome(response) == SCOPE
    assert response["WWW-Authenticate"] == ('Bearer realm="dashboard", error="insufficient_scope", scope="administer"')


def test_scopes_of_a_later_release_count_for_nothing(db: None) -> None:
    assert outcome(service_client("everything", "read-events").get("administrator/accounts")) == SCOPE


def test_token_is_compared_in_constant_time(credential: ServiceCredential, monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []

    def compare(one: str, other: str) -> bool:
        compared.append(one)
        return hmac.compare_digest(one, other)

    monkeypatch.setattr(authentication, "hmac", type("hmac", (), {"compare_digest": staticmethod(compare)}))
    assert ask_with(credential) == OK
    assert compared == [credential.token_hash]


# Keys and rotation


def test_two_credentials_work_at_once_so_that_one_replaces_the_other(db: None) -> None:
    old, new = ServiceCredentialFactory.create_batch(2)
    assert [ask_with(it) for it in (old, new)] == [OK, OK]
    ServiceCredential.objects.filter(pk=old.pk).update(revoked_at=timezone.now())
    assert [ask_with(it) for it in (old, new)] == [WRONG, OK]


def test_hash_is_renewed_with_the_newest_key_when_it_is_used(settings: Any, db: None) -> None:
    settings.DASHBOARD_ENCRYPTION_KEY = ["old"]
    used, unused = ServiceCredentialFactory.create_batch(2)
    settings.DASHBOARD_ENCRYPTION_KEY = ["new", "old"]
    assert ask_with(used) == OK
    settings.DASHBOARD_ENCRYPTION_KEY = ["new"]
    assert [ask_with(it) for it in (used, unused)] == [OK, WRONG]


# What is left behind


def test_last_use_is_stored_to_the_minute(credential: ServiceCredential, django_assert_num_queries: Any) -> None:
    start = timezone.now().replace(microsecond=0)

    def last_used() -> Any:
        return ServiceCredential.objects.get(pk=credential.pk).last_used_at

    with time_machine.travel(start, tick=False):
        assert ask_with(credential) == OK
        assert last_used() == start
    with time_machine.travel(start + timedelta(seconds=59), tick=False):
        assert ask_with(credential) == OK
        assert last_used() == start
    with time_machine.travel(start + timedelta(seconds=60), tick=False):
        assert ask_with(credential) == OK
        assert last_used() == start + timedelta(seconds=60)


def test_refused_use_is_no_use(db: None) -> None:
    credential = ServiceCredentialFactory(networks="203.0.113.0/24")
    ask_with(credential, address="198.51.100.1")
    ask(bearer(service_token(credential)[:-1] + "0"), address="203.0.113.7")
    assert ServiceCredential.objects.get(pk=credential.pk).last_used_at is None


def test_refusals_are_recorded_with_the_credential_and_logged(caplog: pytest.LogCaptureFixture, db: None) -> None:
    revoked = ServiceCredentialFactory(revoked=True)
    with caplog.at_level(logging.WARNING, "dashboard.refusals"):
        ask(bearer(service_token(revoked)), address="203.0.113.9")
    event = Event.objects.get()
    assert (event.action, event.refusal, event.targetid) == (
        "refuse-access",
        "revoked-credential",
        revoked.credentialid,
    )
    assert (event.actor_kind, event.ip_address) == ("anybody", "203.0.113.9")
    assert caplog.records[0].target == revoked.credentialid  # type: ignore[attr-defined]


def test_missing_scope_is_recorded_as_the_credentials(db: None) -> None:
    for _ in range(2):
        client = service_client("read-events")
        for _ in range(2):
            client.get("administrator/accounts")
    events = Event.objects.all()
    assert {(it.refusal, it.actor_kind) for it in events} == {("insufficient-scope", "service credential")}
    assert {it.actor_credentialid for it in events} == set(ServiceCredential.objects.values_list("pk", flat=True))
    assert len(events) == 2


def test_wrong_ones_are_limited_and_keep_no_valid_one_out(credential: ServiceCredential, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_FAILED_SIGN_INS = True, "3/hour"
    wrong = bearer(service_token(credential)[:-1] + "0")
    answers = [ask(wrong, address="203.0.113.7") for _ in range(4)]
    assert [outcome(it) for it in answers] == [WRONG] * 3 + [(429, "too-many-requests")]
    assert int(answers[-1]["Retry-After"]) > 0
    assert outcome(ask(wrong, address="203.0.113.8")) == WRONG
    assert ask_with(credential, address="203.0.113.7") == OK


def test_ids_that_nobody_has_count_together(db: None, settings: Any) -> None:
    settings.RATE_LIMITS, settings.RATE_LIMIT_FAILED_SIGN_INS = True, "3/hour"
    tokens = [f"dsk_{number:016x}_{'0' * 64}" for number in range(3)]
    assert [outcome(ask(bearer(it))) for it in (*tokens, "dsk_x")] == [WRONG] * 3 + [(429, "too-many-requests")]


# For users


def on_behalf(session: Session, credential: ServiceCredential) -> dict[str, str]:
    names = {"x-accountid": session.account_id, "x-sessionid": session.sessionid}
    return bearer(service_token(credential)) | names


def test_service_acts_for_a_user_as_the_application_server_does(credential: ServiceCredential) -> None:
    session = SessionFactory()
    response = ask(
        on_behalf(session, credential), "user/reset-session-key", method="PATCH", accountid=session.account_id
    )
    assert outcome(response) == OK
    event = Event.objects.get(action="reset-session-key")
    assert (event.actor_kind, event.actor_accountid) == ("application server", session.account_id)
    assert event.actor_credentialid == credential.credentialid


def test_session_has_to_be_named_and_valid_and_the_accounts(credential: ServiceCredential) -> None:
    session, other = SessionFactory(), SessionFactory()
    ended = SessionFactory(account=session.account, is_ended_by_request=True)
    headers = on_behalf(session, credential)
    for changes, expected in (
        ({"x-sessionid": ended.sessionid}, (401, "Sign in required")),
        ({"x-sessionid": other.sessionid}, (403, "invalid-account")),
        ({"x-sessionid": ""}, (400, "invalid-sessionid")),
        ({"x-accountid": ""}, (400, "invalid-accountid")),
    ):
        response = ask(headers | changes, "user/account", accountid=session.account_id)
        assert outcome(response) == expected


def test_service_with_both_scopes_acts_for_whom_it_names_and_else_as_itself(db: None) -> None:
    credential = ServiceCredentialFactory(scopes="act-for-users administer")
    session = SessionFactory()
    headers = on_behalf(session, credential)
    query = {"accountid": AccountFactory().accountid}
    assert outcome(ask(headers, "administrator/account", **query)) == (403, "Administrator required")
    assert outcome(ask(bearer(service_token(credential)), "administrator/account", **query)) == OK


def test_bearer_token_of_a_session_is_not_affected(credential: ServiceCredential) -> None:
    session = SessionFactory()
    headers = bearer(f"{session.sessionid}.{TOKEN}")
    assert outcome(ask(headers, "user/account", accountid=session.account_id)) == OK
