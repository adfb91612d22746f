"""What is sent, what is sent a second time, and what never is."""

import asyncio
import json

import httpx
import pytest
from answers import ACCOUNTID, SESSION, SESSIONID, TOKEN, Recorded, error, identity
from dashboard_client import (
    ApplicationServer,
    Browser,
    Credentials,
    SignInRequired,
    Unavailable,
    async_each,
    client,
    each,
)
from dashboard_client.generated.codes import InvalidUsername

BUSY = httpx.Response(503, json=error("service-unavailable"), headers={"Retry-After": "1"})
BUSY_FOR_LONG = httpx.Response(503, json=error("service-unavailable"), headers={"Retry-After": "60"})
BUSY_WITHOUT_A_TIME = httpx.Response(503, json=error("service-unavailable"))
CREDENTIALS = Credentials(SESSIONID, TOKEN)
PERSON = {"username": "ada-example", "password": "a password of hers"}
LOST = httpx.ReadError("reset")


@pytest.fixture(autouse=True)
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that clients have slept; they do not really."""
    seconds: list[float] = []

    async def sleep(given: float) -> None:
        seconds.append(given)

    monkeypatch.setattr(client.time, "sleep", seconds.append)
    monkeypatch.setattr(client.asyncio, "sleep", sleep)
    return seconds


def check(server: Recorded, *, is_async: bool) -> str:
    if is_async:
        return asyncio.run(server.async_client().signed_in(CREDENTIALS).check()).accountid
    return server.client().signed_in(CREDENTIALS).check().accountid


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(("first", "seconds"), [(BUSY, [1.0]), (LOST, [])])
def test_safe_request_is_sent_a_second_time(
    is_async: bool, first: httpx.Response | Exception, seconds: list[float], slept: list[float]
) -> None:
    server = Recorded(first, identity())
    assert check(server, is_async=is_async) == ACCOUNTID
    assert (len(server.requests), slept) == (2, seconds)


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize("answer", [BUSY, LOST])
def test_there_is_no_third_time(is_async: bool, answer: httpx.Response | Exception) -> None:
    server = Recorded(answer)
    with pytest.raises(Unavailable):
        check(server, is_async=is_async)
    assert len(server.requests) == 2


@pytest.mark.parametrize("is_async", [False, True])
@pytest.mark.parametrize(
    "answer", [BUSY_FOR_LONG, BUSY_WITHOUT_A_TIME, httpx.ReadTimeout("late"), httpx.Response(500), httpx.Response(429)]
)
def test_what_a_second_time_does_not_help_is_sent_once(is_async: bool, answer: httpx.Response | Exception) -> None:
    server = Recorded(answer)
    with pytest.raises(Unavailable):
        check(server, is_async=is_async)
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [BUSY, LOST, httpx.ReadTimeout("late")])
def test_change_is_never_sent_a_second_time(answer: httpx.Response | Exception) -> None:
    server = Recorded(answer)
    for call in (
        lambda: server.client().user.create_session(**PERSON),
        lambda: server.client().signed_in(CREDENTIALS).user.set_session_ended(sessionid=SESSIONID),
        lambda: server.client().signed_in(CREDENTIALS).user.delete_profile(profileid="prof_0123456789abcdef"),
        lambda: asyncio.run(server.async_client().user.create_session(**PERSON)),
    ):
        server.requests.clear()
        with pytest.raises(Unavailable):
            call()
        assert len(server.requests) == 1


def test_every_request_has_a_time_limit() -> None:
    server = Recorded(identity())
    check(server, is_async=False)
    server.client(timeout=0.5).signed_in(CREDENTIALS).check()
    limits = [request.extensions["timeout"] for request in server.requests]
    assert limits == [dict.fromkeys(("connect", "read", "write", "pool"), seconds) for seconds in (5.0, 0.5)]


def test_cookies_of_one_answer_are_not_sent_with_other_requests() -> None:
    cookies = [("Set-Cookie", f"sessionid={SESSIONID}; Path=/"), ("Set-Cookie", f"token={TOKEN}; Path=/")]
    server = Recorded(httpx.Response(200, json=SESSION, headers=cookies))
    shared = server.client()
    for _ in range(2):
        shared.user.create_session(**PERSON)
    assert "cookie" not in server.requests[1].headers
    shared = server.async_client()

    async def twice() -> None:
        await shared.user.create_session(**PERSON)
        await shared.user.create_session(**PERSON)

    asyncio.run(twice())
    assert "cookie" not in server.requests[-1].headers


def test_request_is_what_the_document_says() -> None:
    server = Recorded(httpx.Response(200, json=True))
    caller = server.client().signed_in(CREDENTIALS)
    caller.user.reset_account_password(username="ada", new_password="n", secret_code="s")
    request = server.requests[0]
    assert (request.method, request.url) == ("PATCH", "http://dashboard.test/api/user/reset-account-password")
    assert json.loads(request.content) == {"username": "ada", "new-password": "n", "secret-code": "s"}
    assert "authorization" not in request.headers  # anybody can do this: nobody's session is told
    caller.user.delete_reset_code(codeid="code_0123456789abcdef")
    request = server.requests[1]
    assert request.url == "http://dashboard.test/api/user/delete-reset-code?codeid=code_0123456789abcdef"
    assert request.headers["authorization"] == f"Bearer {SESSIONID}.{TOKEN}"


def test_conditions_of_a_check() -> None:
    server = Recorded(identity(administrator=True))
    found = server.client().signed_in(CREDENTIALS).check(administrator=True, verified=900)
    assert server.requests[0].url.query == b"administrator=&verified=900"
    assert (found.administrator, found.owner) == (True, False)
    assert found.is_verified(within=5)


def test_application_names_the_browser_of_a_sign_in() -> None:
    server = Recorded(httpx.Response(200, json=SESSION))
    application = ApplicationServer("https://app.example.com", "a token")
    browser = Browser("192.0.2.7", "Firefox", {"dashboard_browser": "0f" * 16})
    server.client(credential=application).on_behalf_of(browser).user.create_session(**PERSON)
    headers = server.requests[0].headers
    assert headers["x-application-server"] == "https://app.example.com"
    assert headers["x-application-server-token"] == "a token"
    assert headers["x-client-address"] == "192.0.2.7"
    assert headers["user-agent"] == "Firefox"
    assert headers["cookie"] == f"dashboard_browser={'0f' * 16}"


def test_text_that_utf8_does_not_have_is_for_dashboard_to_refuse() -> None:
    server = Recorded(httpx.Response(400, json=error("invalid-username")))
    with pytest.raises(InvalidUsername):
        server.client().user.create_session(username="\ud800", password="b")
    request = server.requests[0]
    assert json.loads(request.content) == {"username": "\ud800", "password": "b"}
    assert request.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize(("text", "sent"), [("Br\xfcser/1", b"Br\xfcser/1"), ("\u6d4f/1", b"?/1")])
def test_user_agent_can_have_any_byte(text: str, sent: bytes) -> None:
    server = Recorded(httpx.Response(200, json=SESSION))
    server.client().on_behalf_of(Browser(user_agent=text)).user.create_session(**PERSON)
    assert dict(server.requests[0].headers.raw)[b"User-Agent"] == sent


def test_service_credential_is_sent_by_the_application_itself() -> None:
    server = Recorded(httpx.Response(200, json=SESSION))
    server.client(credential="dsk_a_token").user.create_session(**PERSON)
    server.client(credential="dsk_a_token").administrator.session(sessionid=SESSIONID)
    server.client(credential="").administrator.session(sessionid=SESSIONID)
    sent = [request.headers.get("authorization") for request in server.requests]
    assert sent == ["Bearer dsk_a_token", "Bearer dsk_a_token", None]
    assert "dsk_a_token" not in repr(server.client(credential="dsk_a_token")._requests)


def test_nobody_without_a_session_acts_as_the_application() -> None:
    server = Recorded(httpx.Response(200, json=True))
    guest = server.client(credential="dsk_a_token").on_behalf_of(Browser()).as_guest()
    with pytest.raises(SignInRequired):
        guest.administrator.delete_account(accountid=ACCOUNTID)
    assert not server.requests


def test_caller_with_a_session_does_not_send_the_credential_of_the_application() -> None:
    server = Recorded(identity())
    server.client(credential=ApplicationServer("https://a", "b")).signed_in(CREDENTIALS).check()
    assert "x-application-server" not in server.requests[0].headers


def test_every_page_of_a_list() -> None:
    link = {"Link": f'</api/user/sessions?accountid={ACCOUNTID}&after={SESSIONID}>; rel="next"'}
    pages = httpx.Response(200, json=[SESSION, SESSION], headers=link), httpx.Response(200, json=[SESSION])
    server = Recorded(*pages)
    rows = list(each(server.client().signed_in(CREDENTIALS).user.sessions, accountid=ACCOUNTID))
    assert [row.sessionid for row in rows] == [SESSIONID] * 3
    assert server.requests[1].url.params["after"] == SESSIONID
    server = Recorded(*pages)

    async def collected() -> list[str]:
        caller = server.async_client().signed_in(CREDENTIALS)
        return [row.sessionid async for row in async_each(caller.user.sessions, accountid=ACCOUNTID)]

    assert asyncio.run(collected()) == [SESSIONID] * 3
