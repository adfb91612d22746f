"""The middleware in each framework: guards, refusals, cookies, and a Dashboard that does not answer."""

import asyncio
import io
import json
import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any
from urllib.parse import parse_qs, urlsplit

import django.http
import flask
import httpx
import pytest
from answers import ACCOUNTID, COOKIES, SESSION, SESSIONID, SIGN_IN_REQUIRED, TOKEN, Recorded, error, identity
from asgiref.sync import iscoroutinefunction
from dashboard_client import Identity, SecondFactorRequired, Unavailable
from dashboard_client import django as in_django
from dashboard_client.flask import FlaskDashboard
from dashboard_client.gate import AsyncGate, Gate
from dashboard_client.generated.codes import InvalidUsername
from dashboard_client.starlette import StarletteDashboard
from dashboard_client.visit import Incoming, Options, Visit, local_path
from django.core.exceptions import ImproperlyConfigured
from django.test import AsyncRequestFactory, RequestFactory, override_settings
from django.views.decorators.cache import cache_page
from fastapi import Depends, FastAPI
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

ENDED = httpx.Response(401, json=SIGN_IN_REQUIRED)
DOWN = httpx.ConnectError("refused")
OWN = {"Cache-Control": "max-age=5", "Vary": "Accept"}
GUEST, BROWSER = {"Accept": "*/*"}, {"Accept": "text/html"}
Ask = Callable[..., tuple[int, dict[str, list[str]], str]]


def in_flask(server: Recorded) -> Ask:
    app = flask.Flask(__name__)
    dashboard = FlaskDashboard(app, server.client())

    def show() -> str:
        account = flask.request.account  # type: ignore[attr-defined]
        return account.accountid if account else "nobody"

    def show_page(page: str) -> str:
        return page

    def show_own() -> flask.Response:
        return flask.Response(show(), headers=OWN)

    def use_caller() -> str:
        return repr(dashboard.caller)

    def sign_in() -> str:
        return dashboard.sign_in_by(flask.request.form).sessionid

    def sign_out() -> str:
        dashboard.sign_out()
        return "bye"

    def come_and_go() -> str:
        names = [show()]
        dashboard.sign_in("ada-example", "a password of hers")
        names.append(show())
        dashboard.sign_out()
        return " ".join([*names, show()])

    app.add_url_rule("/anybody", "anybody", show)
    app.add_url_rule("/own", "own", show_own)
    app.add_url_rule("/caller", "caller", use_caller)
    app.add_url_rule("/untouched", "untouched", lambda: "hello")
    app.add_url_rule("/sign-in-by", "sign_in", sign_in, methods=["POST"])
    app.add_url_rule("/sign-out", "sign_out", sign_out, methods=["POST"])
    app.add_url_rule("/come-and-go", "come_and_go", come_and_go, methods=["POST"])
    guards = {
        "signed-in": dashboard.signed_in,
        "administrator": dashboard.administrator,
        "owner": dashboard.owner,
        "verified": dashboard.verified(within=900),
    }
    for name, guard in guards.items():
        app.add_url_rule(f"/{name}", name, guard(show), methods=["GET", "POST"])
        app.add_url_rule(f"/{name}/<page>", f"{name} page", guard(show_page))
    client = app.test_client(use_cookies=False)

    def ask(path: str, method: str = "GET", **options: Any) -> tuple[int, dict[str, list[str]], str]:
        answer = client.open(path, method=method, **options)
        return answer.status_code, {name: answer.headers.getlist(name) for name, _ in answer.headers}, answer.text

    return ask


def in_fastapi(server: Recorded) -> Ask:
    app = FastAPI()
    dashboard = StarletteDashboard(app, server.async_client())

    async def show(account: Annotated[Identity | None, Depends(dashboard.account)]) -> str:
        return account.accountid if account else "nobody"

    async def show_own(account: Annotated[Identity | None, Depends(dashboard.account)]) -> Response:
        return Response(account.accountid if account else "nobody", headers=OWN)

    async def use_caller(request: Request) -> str:
        return repr(dashboard.caller(request))

    async def untouched() -> str:
        return "hello"

    async def sign_in(request: Request) -> str:
        return (await dashboard.sign_in_by(request, await request.form())).sessionid

    async def sign_out(request: Request) -> str:
        await dashboard.sign_out(request)
        return "bye"

    async def come_and_go(request: Request) -> str:
        names = [await show(await dashboard.account(request))]
        await dashboard.sign_in(request, "ada-example", "a password of hers")
        names.append(await show(await dashboard.account(request)))
        await dashboard.sign_out(request)
        return " ".join([*names, await show(await dashboard.account(request))])

    app.add_api_route("/anybody", show)
    app.add_api_route("/own", show_own)
    app.add_api_route("/caller", use_caller)
    app.add_api_route("/untouched", untouched)
    app.add_api_route("/sign-in-by", sign_in, methods=["POST"])
    app.add_api_route("/sign-out", sign_out, methods=["POST"])
    app.add_api_route("/come-and-go", come_and_go, methods=["POST"])
    guards = {
        "signed-in": dashboard.signed_in,
        "administrator": dashboard.administrator,
        "owner": dashboard.owner,
        "verified": dashboard.verified(within=900),
    }
    for name, guard in guards.items():
        app.add_api_route(f"/{name}", show, methods=["GET", "POST"], dependencies=[Depends(guard)])
        app.add_api_route(f"/{name}/{{page}}", show, dependencies=[Depends(guard)])

    def ask(path: str, method: str = "GET", **options: Any) -> tuple[int, dict[str, list[str]], str]:
        answer = asyncio.run(send(app, method, path, options))
        names = {name.title() for name in answer.headers}
        return answer.status_code, {name: answer.headers.get_list(name) for name in names}, answer.text.strip('"')

    return ask


async def send(app: FastAPI, method: str, path: str, options: dict[str, Any]) -> httpx.Response:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://app.test") as client:
        return await client.request(method, path, **options)


def django_views() -> dict[str, Any]:
    def show(request: Any) -> django.http.HttpResponse:
        return django.http.HttpResponse(request.account.accountid if request.account else "nobody")

    def sign_in(request: Any) -> django.http.HttpResponse:
        return django.http.HttpResponse(in_django.sign_in_by(request, request.POST).sessionid)

    def sign_out(request: Any) -> django.http.HttpResponse:
        in_django.sign_out(request)
        return django.http.HttpResponse("bye")

    def come_and_go(request: Any) -> django.http.HttpResponse:
        names = [show(request).text]
        in_django.sign_in(request, "ada-example", "a password of hers")
        names.append(show(request).text)
        in_django.sign_out(request)
        return django.http.HttpResponse(" ".join([*names, show(request).text]))

    return {
        "/anybody": show,
        "/come-and-go": come_and_go,
        "/own": lambda request: django.http.HttpResponse(show(request).content, headers=OWN),
        "/caller": lambda request: django.http.HttpResponse(repr(in_django.caller(request))),
        "/untouched": lambda _: django.http.HttpResponse("hello"),
        "/kept": cache_page(60)(in_django.signed_in(show)),
        "/sign-in-by": sign_in,
        "/sign-out": sign_out,
        "/signed-in": in_django.signed_in(show),
        "/administrator": in_django.administrator(show),
        "/owner": in_django.owner(show),
        "/verified": in_django.verified(within=900)(show),
    }


def async_django_views() -> dict[str, Any]:
    async def show(request: Any) -> django.http.HttpResponse:
        account = await request.aaccount()
        return django.http.HttpResponse(account.accountid if account else "nobody")

    return django_views() | {
        "/anybody": show,
        "/signed-in": in_django.signed_in(show),
        "/administrator": in_django.administrator(show),
        "/owner": in_django.owner(show),
        "/verified": in_django.verified(within=900)(show),
    }


def headers_of(options: dict[str, Any]) -> dict[str, str]:
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in options.get("headers", {}).items()}


def ask_django(views: dict[str, Any], path: str, method: str, options: dict[str, Any]) -> Any:
    """Call a view as Django's handler does: through the middleware, which answers what it raises."""
    factory = RequestFactory()
    if method == "POST":
        request = factory.post(path, options.get("data", {}), **headers_of(options))
    else:
        request = factory.get(path, **headers_of(options))

    def handle(given: Any) -> Any:
        try:
            return views[re.split("[?]|(?<=signed-in)/", path)[0]](given)
        except Exception as raised:
            if answer := middleware.process_exception(given, raised):
                return answer
            raise

    middleware = in_django.DashboardMiddleware(handle)
    return middleware(request)


def ask_django_async(views: dict[str, Any], path: str, method: str, options: dict[str, Any]) -> Any:
    factory = AsyncRequestFactory()
    headers = dict(options.get("headers", {}))
    factory.cookies.load(headers.pop("Cookie", ""))
    if method == "POST":
        request = factory.post(path, options.get("data", {}), headers=headers)
    else:
        request = factory.get(path, headers=headers)
    view = views[re.split("[?]|(?<=signed-in)/", path)[0]]

    async def handle(given: Any) -> Any:
        try:
            return await view(given) if iscoroutinefunction(view) else await asyncio.to_thread(view, given)
        except Exception as raised:
            if answer := middleware.process_exception(given, raised):
                return answer
            raise

    middleware = in_django.DashboardMiddleware(handle)
    return asyncio.run(middleware(request))  # type: ignore[arg-type]


def in_a_django_project(server: Recorded, views: dict[str, Any], call: Callable[..., Any]) -> Ask:
    def ask(path: str, method: str = "GET", **options: Any) -> tuple[int, dict[str, list[str]], str]:
        in_django.gate.cache_clear()
        in_django.dashboard.cache_clear()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(in_django, "dashboard", server.client)
            answer = call(views, path, method, options)
        headers = {name.title(): [value] for name, value in answer.items()}
        if answer.cookies:
            headers["Set-Cookie"] = [morsel.OutputString() for morsel in answer.cookies.values()]
        return answer.status_code, headers, answer.content.decode()

    return ask


FRAMEWORKS: dict[str, Callable[[Recorded], Ask]] = {
    "flask": in_flask,
    "fastapi": in_fastapi,
    "django": lambda server: in_a_django_project(server, django_views(), ask_django),
    "asynchronous-django": lambda server: in_a_django_project(server, async_django_views(), ask_django_async),
}


@pytest.fixture(params=FRAMEWORKS)
def asking(request: pytest.FixtureRequest) -> Iterator[Callable[..., Ask]]:
    """Make an application in a framework beside a Dashboard that answers what is given."""
    with override_settings(DASHBOARD={"address": "http://dashboard.test"}, MIDDLEWARE=[], ALLOWED_HOSTS=["*"]):
        yield lambda *answers: FRAMEWORKS[request.param](Recorded(*answers))


def test_account_of_a_request(asking: Callable[..., Ask]) -> None:
    ask = asking(identity())
    status, headers, text = ask("/anybody", headers={"Cookie": COOKIES})
    assert (status, text, headers["Cache-Control"]) == (200, ACCOUNTID, ["private, no-store"])
    assert ask("/anybody")[2] == "nobody"
    assert "Cache-Control" not in ask("/untouched", headers={"Cookie": COOKIES})[1]


@pytest.mark.parametrize("headers", [{"Cookie": COOKIES}, {}])
def test_page_that_depends_on_who_asks_is_in_no_shared_cache(
    asking: Callable[..., Ask], headers: dict[str, str]
) -> None:
    ask = asking(identity())
    for path in ("/anybody", "/caller"):
        given = ask(path, headers=headers)[1]
        assert (given["Cache-Control"], given["Vary"]) == (["private, no-store"], ["Cookie"])
    _, given, text = ask("/own", headers=headers)
    assert text == (ACCOUNTID if headers else "nobody")
    assert given["Cache-Control"] == ["max-age=5"]
    assert given["Vary"] == ["Accept, Cookie"]  # in one: what adds to it next looks at the first
    untouched = ask("/untouched", headers=headers)[1]
    assert not {"Cache-Control", "Vary"} & {*untouched}


@pytest.mark.parametrize("path", ["/sign-in-by", "/sign-out"])
def test_answer_that_sets_the_cookies_is_in_no_shared_cache(asking: Callable[..., Ask], path: str) -> None:
    ask = asking(httpx.Response(200, json=SESSION))
    for headers in ({"Cookie": COOKIES}, {}):
        _, given, _ = ask(path, "POST", headers=headers, data={"username": "a", "password": "b"})
        assert given["Set-Cookie"]
        assert (given["Cache-Control"], given["Vary"]) == (["private, no-store"], ["Cookie"])


def test_guarded_page_that_django_keeps_is_kept_for_one_person() -> None:
    caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "kept pages"}}
    with override_settings(DASHBOARD={"address": "http://dashboard.test"}, MIDDLEWARE=[], CACHES=caches):
        ask = FRAMEWORKS["django"](Recorded(identity()))
        assert ask("/kept", headers={"Cookie": COOKIES})[::2] == (200, ACCOUNTID)
        assert ask("/kept", headers=GUEST)[0] == 401


def test_ended_session_is_nobody(asking: Callable[..., Ask]) -> None:
    ask = asking(ENDED)
    assert ask("/anybody", headers={"Cookie": COOKIES})[2] == "nobody"
    assert ask("/signed-in", headers=GUEST | {"Cookie": COOKIES})[0] == 401
    status, headers, _ = ask("/signed-in?a=1", headers=BROWSER | {"Cookie": COOKIES})
    assert (status, headers["Location"]) == (302, ["/sign-in?next=/signed-in%3Fa%3D1"])


def test_dashboard_is_not_asked_without_cookies_or_need(asking: Callable[..., Ask]) -> None:
    ask = asking(DOWN)
    assert ask("/anybody")[0] == 200
    assert ask("/untouched", headers={"Cookie": COOKIES})[0] == 200
    assert ask("/signed-in", headers=GUEST)[0] == 401


@pytest.mark.parametrize(
    "answer", [DOWN, httpx.ReadTimeout("late"), httpx.Response(500), httpx.Response(200, text="hi")]
)
@pytest.mark.parametrize("path", ["/anybody", "/signed-in", "/administrator", "/owner", "/verified"])
@pytest.mark.parametrize("headers", [GUEST, BROWSER])
def test_without_dashboard_nobody_is_signed_in_or_out(
    asking: Callable[..., Ask], answer: Any, path: str, headers: dict[str, str]
) -> None:
    status, given, text = asking(answer)(path, headers=headers | {"Cookie": COOKIES})
    assert (status, given["Retry-After"]) == (503, ["2"])
    assert "Set-Cookie" not in given
    assert ACCOUNTID not in text


@pytest.mark.parametrize(
    ("path", "claims", "expected"),
    [
        ("/signed-in", {}, 200),
        ("/administrator", {}, 403),
        ("/administrator", {"administrator": True}, 200),
        ("/owner", {"administrator": True}, 403),
        ("/owner", {"owner": True}, 200),
        ("/verified", {"verified_ago": 800}, 200),
        ("/verified", {"verified_ago": 1000}, 403),
    ],
)
def test_guards(asking: Callable[..., Ask], path: str, claims: dict[str, Any], expected: int) -> None:
    status, headers, text = asking(identity(**claims))(path, headers=GUEST | {"Cookie": COOKIES})
    assert status == expected
    assert (text == ACCOUNTID) is (expected == 200)
    if expected == 403:
        assert headers["Content-Type"] == ["application/json"]


@pytest.mark.parametrize("within", [None, "900", lambda request: None])
def test_guard_that_wants_a_proof_wants_to_know_how_old_it_may_be(within: Any) -> None:
    in_an_application = FlaskDashboard(None, "http://dashboard.test"), StarletteDashboard(None, "http://dashboard.test")
    for it in (*in_an_application, in_django):
        with pytest.raises(TypeError, match="number"):
            it.verified(within)


def test_old_proof_leads_a_person_to_the_page_that_renews_it(asking: Callable[..., Ask]) -> None:
    status, headers, _ = asking(identity(verified_ago=1000))("/verified", headers=BROWSER | {"Cookie": COOKIES})
    assert (status, headers["Location"]) == (302, ["/sign-in?next=/verified"])


@pytest.mark.parametrize("address", ["/signed-in?a=%26&b=%C3%A9", "/signed-in/my%20page%3F%2525?a=%26"])
def test_page_to_come_back_to_is_the_address_as_it_was(asking: Callable[..., Ask], address: str) -> None:
    _, headers, _ = asking(ENDED)(address, headers=BROWSER)
    (following,) = parse_qs(urlsplit(headers["Location"][0]).query)["next"]
    assert following == address
    assert local_path(following) == address


def test_form_of_another_site_does_not_reach_the_view(asking: Callable[..., Ask]) -> None:
    server = asking(identity())
    headers = GUEST | {"Cookie": COOKIES, "Origin": "https://evil.test"}
    assert server("/signed-in", "POST", headers=headers)[0] == 403
    assert server("/signed-in", headers=headers)[0] == 200


def test_signing_in_sets_cookies(asking: Callable[..., Ask]) -> None:
    answer = httpx.Response(
        200, json=SESSION, headers=[("Set-Cookie", f"dashboard_browser={'0f' * 16}; Path=/; Max-Age=34560000")]
    )
    form = {"username": "ada-example", "password": "a password of hers"}
    status, headers, text = asking(answer)("/sign-in-by", "POST", data=form)
    assert (status, text) == (200, SESSIONID)
    cookies = {cookie.partition("=")[0]: cookie for cookie in headers["Set-Cookie"]}
    assert cookies["sessionid"].startswith(f"sessionid={SESSIONID};")
    assert cookies["token"].startswith(f"token={TOKEN};")
    assert cookies["dashboard_browser"].startswith(f"dashboard_browser={'0f' * 16};")
    for cookie in cookies.values():
        assert "httponly" in cookie.lower()
        assert "samesite=lax" in cookie.lower()
        assert "path=/" in cookie.lower()
    assert "max-age=1200" in cookies["token"].lower()


@pytest.mark.parametrize(
    "change", [{"token": None}, {"token": "x"}, {"sessionid": f"{SESSIONID}; Domain=evil.test"}, {"sessionid": "x"}]
)
def test_answer_that_is_no_session_signs_nobody_in(asking: Callable[..., Ask], change: dict[str, Any]) -> None:
    ask = asking(httpx.Response(200, json=SESSION | change))
    form = {"username": "ada-example", "password": "a password of hers"}
    status, headers, _ = ask("/sign-in-by", "POST", headers={"Cookie": COOKIES}, data=form)
    assert status == 503
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("change", [{"token": "x"}, {"sessionid": "sess_1111111111111111"}])
def test_answer_about_another_session_verifies_nothing(change: dict[str, Any]) -> None:
    server = Recorded(httpx.Response(200, json=SESSION | change))
    headers = {"cookie": COOKIES}
    it = Incoming(method="POST", target="/", host="app.test", is_secure=False, address="", headers=headers)
    visit = Visit(it, Options())
    with pytest.raises(Unavailable):
        Gate(server.client()).verify(visit, "ada-example", "a password of hers")
    with pytest.raises(Unavailable):
        asyncio.run(AsyncGate(server.async_client()).verify(visit, "ada-example", "a password of hers"))
    assert visit.cookies == []


def test_refusal_of_a_sign_in_is_answered_with_its_status(asking: Callable[..., Ask]) -> None:
    ask = asking(httpx.Response(401, json=error("invalid-password")))
    status, headers, text = ask("/sign-in-by", "POST", headers=BROWSER, data={"username": "a", "password": "b"})
    assert (status, text) == (401, "A sentence.")
    assert "Set-Cookie" not in headers


def test_signing_out_removes_cookies_also_of_a_session_that_has_ended(asking: Callable[..., Ask]) -> None:
    for answer in (httpx.Response(200, json=SESSION), ENDED):
        status, headers, _ = asking(answer)("/sign-out", "POST", headers={"Cookie": COOKIES})
        assert status == 200
        cookies = {cookie.partition(";")[0].replace('""', "") for cookie in headers["Set-Cookie"]}
        assert cookies == {"sessionid=", "token="}


def test_who_signs_in_or_out_is_known_or_unknown_for_the_rest_of_the_request(asking: Callable[..., Ask]) -> None:
    former = {"accountid": "acct_1111111111111111", "sessionid": "sess_1111111111111111"}
    answer = httpx.Response(200, json=SESSION)
    ask = asking(identity(**former), answer, answer, identity(), answer)  # the second one ends the former session
    cookies = COOKIES.replace(SESSIONID, former["sessionid"])
    status, _, text = ask("/come-and-go", "POST", headers={"Cookie": cookies})
    assert (status, text) == (200, f"{former['accountid']} {ACCOUNTID} nobody")


@pytest.mark.parametrize("field", ["username", "challenge"])
def test_file_in_place_of_a_field_is_none(field: str) -> None:
    server = Recorded(httpx.Response(400, json=error("invalid-username")))
    form = FormData([(field, UploadFile(io.BytesIO(b"a"))), ("password", "b")])
    visit = Visit(
        Incoming(method="POST", target="/", host="app.test", is_secure=False, address="", headers={}), Options()
    )
    with pytest.raises(InvalidUsername):
        Gate(server.client()).sign_in_by(visit, form)
    with pytest.raises(InvalidUsername):
        asyncio.run(AsyncGate(server.async_client()).sign_in_by(visit, form))
    assert [json.loads(it.content) for it in server.requests] == [{"username": "", "password": "b"}] * 2


def test_session_that_another_request_has_ended_is_signed_out(asking: Callable[..., Ask]) -> None:
    ask = asking(httpx.Response(409, json=error("invalid-session")))
    status, headers, _ = ask("/sign-out", "POST", headers={"Cookie": COOKIES})
    assert (status, len(headers["Set-Cookie"])) == (200, 2)


def test_requests_to_flask_within_one_context_are_of_different_people() -> None:
    app = flask.Flask(__name__)
    FlaskDashboard(app, Recorded(identity()).client())
    app.add_url_rule("/", "show", lambda: str(flask.request.account))  # type: ignore[attr-defined]
    with app.app_context():  # as after `app.app_context().push()` in a worker without threads
        client = app.test_client(use_cookies=False)
        assert ACCOUNTID in client.get("/", headers={"Cookie": COOKIES}).text
        assert client.get("/").text == "None"
        assert client.post("/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_challenge_is_the_applications_to_answer() -> None:
    app = flask.Flask(__name__)
    challenge = httpx.Response(401, json=error("second-factor-required", challenge="9f" * 32, factors=["totp"]))
    dashboard = FlaskDashboard(app, Recorded(challenge).client())
    app.register_error_handler(SecondFactorRequired, lambda step: step.challenge)
    app.add_url_rule("/sign-in", "sign_in", lambda: dashboard.sign_in("a", "b"), methods=["POST"])
    assert app.test_client().post("/sign-in").text == "9f" * 32


def test_page_to_come_back_to_is_as_the_browser_sees_it() -> None:
    app = flask.Flask(__name__)
    dashboard = FlaskDashboard(app, Recorded(ENDED).client())
    app.add_url_rule("/<name>", "page", dashboard.signed_in(lambda name: name))
    pages = {"/a%20page": "/a%20page", "/50%25%3F": "/50%25%3F", "/%C3%BC?q=a+b%26": "/%C3%BC?q=a+b%26"}
    for address, page in pages.items():
        location = app.test_client().get(address, base_url="http://app.test/below", headers=BROWSER).location
        with app.test_request_context(location):
            assert dashboard.next_path == f"/below{page}"


def test_cookies_that_django_also_has_are_refused_at_the_start() -> None:
    sessions = ["django.contrib.sessions.middleware.SessionMiddleware"]
    clash = {"DASHBOARD": {"address": "http://dashboard.test"}, "MIDDLEWARE": sessions}
    with override_settings(**clash), pytest.raises(ImproperlyConfigured, match="SESSION_COOKIE_NAME"):
        in_django.DashboardMiddleware(lambda request: django.http.HttpResponse())
    with override_settings(**clash, SESSION_COOKIE_NAME="django_sessionid"):
        in_django.DashboardMiddleware(lambda request: django.http.HttpResponse())


@pytest.mark.parametrize("setting", [None, {}, {"address": "http://a", "misspelt": 1}])
def test_wrong_setting_is_refused_at_the_start(setting: Any) -> None:
    with override_settings(DASHBOARD=setting, MIDDLEWARE=[]), pytest.raises(ImproperlyConfigured, match="DASHBOARD"):
        in_django.DashboardMiddleware(lambda request: django.http.HttpResponse())


def open_socket(app: FastAPI, origin: str) -> list[dict[str, Any]]:
    """Open a WebSocket as a browser does that is signed in; return what the application sends."""
    sent: list[dict[str, Any]] = []
    headers = {"host": "app.test", "origin": origin, "cookie": COOKIES}
    scope = {
        "type": "websocket",
        "path": "/socket",
        "query_string": b"",
        "scheme": "ws",
        "server": ("app.test", 80),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def keep(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, keep))
    return sent


@pytest.mark.parametrize("steps", [[], ["accept"], ["accept", "close"]])
def test_websocket_that_a_guard_refuses_is_closed_once(steps: list[str]) -> None:
    app = FastAPI()
    dashboard = StarletteDashboard(app, Recorded(ENDED).async_client())

    async def socket(websocket: WebSocket) -> None:
        for step in steps:
            await getattr(websocket, step)()
        await dashboard.signed_in(websocket)

    app.add_api_websocket_route("/socket", socket)
    sent = open_socket(app, "http://app.test")
    assert [message["type"] for message in sent] == [
        f"websocket.{step}" for step in ([*steps, "close"] if "close" not in steps else steps)
    ]


def test_websocket_of_another_site_is_closed() -> None:
    app = FastAPI()
    dashboard = StarletteDashboard(app, Recorded(identity()).async_client())

    async def socket(websocket: WebSocket) -> None:
        account = await dashboard.signed_in(websocket)
        await websocket.accept()
        await websocket.send_text(account.accountid)

    app.add_api_websocket_route("/socket", socket)
    accepted, text = open_socket(app, "http://app.test")[:2]
    assert (accepted["type"], text["text"]) == ("websocket.accept", ACCOUNTID)
    assert open_socket(app, "https://evil.test") == [{"type": "websocket.close", "code": 1008}]
