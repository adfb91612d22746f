"""Errors are typed by their code, and tell no secrets."""

import asyncio
from collections.abc import Callable

import httpx
import pytest
from answers import SESSION, SESSIONID, SIGN_IN_REQUIRED, TOKEN, Recorded, error, identity
from dashboard_client import (
    AdministratorRequired,
    ApplicationServer,
    Browser,
    CredentialRefused,
    Credentials,
    DashboardError,
    SecondFactorRequired,
    ServiceCredential,
    SignInRequired,
    Unavailable,
)
from dashboard_client.generated import models
from dashboard_client.generated.codes import ERRORS, AccountLocked, DuplicateUsername, InvalidPassword

PERSON = {"username": "ada-example", "password": "a password of hers"}


def refused(status: int, body: object, **headers: str) -> DashboardError:
    client = Recorded(httpx.Response(status, json=body, headers=headers)).client()
    with pytest.raises(DashboardError) as caught:
        client.signed_in(models.Session.of(SESSION)).user.account(accountid="acct_0123456789abcdef")
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, error("invalid-password"), InvalidPassword),
        (409, error("duplicate-username"), DuplicateUsername),
        (429, error("account-locked"), AccountLocked),
        (401, SIGN_IN_REQUIRED, SignInRequired),
        (403, {"object": "auth", "message": "Administrator required"}, AdministratorRequired),
        (403, error("administrator-required"), AdministratorRequired),
        (500, error("unknown-error"), Unavailable),
        (503, error("service-unavailable"), Unavailable),
        (409, error("a-code-of-a-later-release"), DashboardError),
    ],
)
def test_error_has_the_class_of_its_code(status: int, body: dict[str, str], expected: type[DashboardError]) -> None:
    found = refused(status, body)
    assert type(found) is expected
    assert found.status == status
    if body["object"] == "error":
        assert (found.code, found.detail) == (body["message"], "A sentence.")


def test_every_code_of_the_document_has_a_class() -> None:
    assert len(ERRORS) > 60
    for code, kind in ERRORS.items():
        assert issubclass(kind, DashboardError)
        assert kind.code == code or kind in (Unavailable, CredentialRefused)


def test_limit_says_when_to_retry() -> None:
    assert refused(429, error("too-many-requests"), **{"Retry-After": "17"}).retry_after == 17


@pytest.mark.parametrize("body", [[], "text", {"object": "something"}, {"object": "error"}])
def test_answer_of_something_else_is_unavailable(body: object) -> None:
    assert type(refused(404, body)) is Unavailable


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>"),
        httpx.Response(200, json={"object": "session"}),
        httpx.Response(200, json=[]),
        httpx.Response(302, headers={"Location": "/sign-in"}),
        httpx.Response(204),
    ],
)
def test_success_of_something_else_is_unavailable(answer: httpx.Response) -> None:
    with pytest.raises(Unavailable):
        Recorded(answer).client().user.create_session(**PERSON)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="welcome"),
        httpx.Response(204),
        httpx.Response(204, headers={"X-Account-Id": "acct_0123456789abcdef", "X-Identity": "x"}),
        httpx.Response(200, headers=dict(identity().headers)),
    ],
)
def test_check_believes_nothing_but_a_check(answer: httpx.Response) -> None:
    with pytest.raises(Unavailable):
        Recorded(answer).client().signed_in(Credentials("sess_0123456789abcdef", TOKEN)).check()


@pytest.mark.parametrize("status", [200, 401])
def test_nested_answer_is_unavailable(status: int) -> None:
    with pytest.raises(Unavailable):
        Recorded(httpx.Response(status, content=b"[" * 100_000)).client().user.sessions(accountid="a")


def test_link_to_no_address_is_unavailable() -> None:
    answer = httpx.Response(200, json=[], headers={"Link": '<http://a/?after=\x01>; rel="next"'})
    with pytest.raises(Unavailable):
        Recorded(answer).client().user.sessions(accountid="a")


def test_time_to_retry_after_that_never_comes_is_none() -> None:
    answer = httpx.Response(503, json=error("service-unavailable"), headers={"Retry-After": "9" * 400})
    with pytest.raises(Unavailable) as raised:
        Recorded(answer).client().user.sessions(accountid="a")
    assert raised.value.retry_after is None


def test_check_believes_no_answer_about_another_session() -> None:
    other = Credentials("sess_fedcba9876543210", TOKEN)
    server = Recorded(identity())
    with pytest.raises(Unavailable):
        server.client().signed_in(other).check()
    with pytest.raises(Unavailable):
        asyncio.run(server.async_client().signed_in(other).check())


def test_wrong_credential_of_the_application_is_not_a_person_who_has_to_sign_in() -> None:
    client = Recorded(httpx.Response(401, json=SIGN_IN_REQUIRED)).client(credential=ApplicationServer("a", "b"))
    with pytest.raises(CredentialRefused):
        client.user.create_session(**PERSON)


def test_second_factor_required_has_the_challenge() -> None:
    body = error("second-factor-required", challenge="9f" * 32, factors=["totp"], passkeyOptions={"rpId": "a"})
    with pytest.raises(SecondFactorRequired) as caught:
        Recorded(httpx.Response(401, json=body)).client().user.create_session(**PERSON)
    found = caught.value
    assert (found.challenge, found.factors, found.passkey_options) == ("9f" * 32, ("totp",), {"rpId": "a"})
    assert "9f9f" not in f"{found} {found!r}"


def test_no_text_shows_a_secret() -> None:
    session = models.Session.of(SESSION)
    client = Recorded(httpx.Response(200)).client(credential=ApplicationServer("https://a", "secret token"))
    browser = Browser("192.0.2.7", "Firefox", {"token": TOKEN})
    texts = [session, client, client.signed_in(session), Credentials("a", TOKEN), browser, client._requests]
    texts += [client.signed_in(session)._requests, ApplicationServer("https://a", "secret token")]
    text = " ".join(f"{it!r} {it}" for it in texts)
    assert TOKEN not in text
    assert "secret token" not in text
    assert "cccc" not in text


@pytest.mark.parametrize("end", ["\n", "\r\nX-Other: 1", " ", "\N{EN DASH}"])
def test_credential_that_no_header_can_have_is_refused_without_showing_it(end: str) -> None:
    server = Recorded(httpx.Response(200))
    attempts: list[Callable[[], object]] = [
        lambda: server.client(credential=f"dsk_{TOKEN}{end}"),
        lambda: server.async_client(credential=ServiceCredential(f"dsk_{TOKEN}{end}")),
        lambda: server.client(credential=ApplicationServer("https://a", f"{TOKEN}{end}")),
        lambda: server.client().signed_in(Credentials(SESSIONID, f"{TOKEN}{end}")),
    ]
    for attempt in attempts:
        with pytest.raises(ValueError, match="no header can have") as raised:
            attempt()
        assert TOKEN not in repr(raised.value)
        assert raised.value.__cause__ is None


def test_session_without_its_token_signs_nobody_in() -> None:
    session = models.Session.of({name: value for name, value in SESSION.items() if name != "token"})
    with pytest.raises(ValueError, match="no token"):
        Recorded(httpx.Response(200)).client().signed_in(session)


def test_fields_of_a_later_release_are_ignored() -> None:
    assert models.Session.of(SESSION | {"aNewField": 1}).sessionid == SESSION["sessionid"]
