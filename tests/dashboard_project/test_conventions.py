"""What holds for every route: how a request is refused that is wrong in itself, and what never becomes a fault."""

import json
import logging
from io import BytesIO
from typing import Any
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test.client import BOUNDARY, MULTIPART_CONTENT, ClientHandler, encode_multipart

import accounts.inputs
import accounts.services.credentials
import accounts.services.deletion
import resetcodes.services
import sessions_app.services
from accounts.models import Account
from tests.application import application, kept_connections
from tests.client import FORM, ApiClient, outcome
from tests.factories import PASSWORD, AccountFactory, ProfileFactory, SessionFactory

JSON = "application/json"
MEDIA_TYPES = (FORM, MULTIPART_CONTENT, JSON)
LONG = "a" * 100_000
UNREADABLE = (400, "invalid-request")

# A route of each kind: who may call it, and how
GUEST_POST = ("guest", "POST", "user/create-session")
GUEST_PATCH = ("guest", "PATCH", "user/reset-account-deleted")
USER_GET = ("user", "GET", "user/account")
USER_PATCH = ("user", "PATCH", "user/reset-session-key")
ADMINISTRATOR_GET = ("administrator", "GET", "administrator/account")
ADMINISTRATOR_POST = ("administrator", "POST", "administrator/create-reset-code")
ROUTES = (GUEST_POST, GUEST_PATCH, USER_GET, USER_PATCH, ADMINISTRATOR_GET, ADMINISTRATOR_POST)
ROUTES_WITH_BODY = tuple(route for route in ROUTES if route[1] != "GET")
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


@pytest.fixture
def caller(request: pytest.FixtureRequest) -> ApiClient:
    """Whoever the table names: guest, user or administrator."""
    made: ApiClient = request.getfixturevalue(request.param)
    return made


def table(names: str, rows: Any) -> Any:
    """A table whose column `caller` names a fixture."""
    return pytest.mark.parametrize(names.split(), rows, indirect=["caller"])


def send(caller: ApiClient, method: str, path: str, body: bytes = b"", media_type: str = FORM, **environ: Any) -> Any:
    """The response to a request with this very body, under this very Content-Type."""
    return caller.client.generic(method, path, body, media_type, **environ)


def encoded(fields: dict[str, Any], media_type: str) -> bytes:
    if media_type == JSON:
        return json.dumps(fields).encode()
    return urlencode(fields, doseq=True).encode() if media_type == FORM else encode_multipart(BOUNDARY, fields)


def is_refusal(response: Any, status: int, code: str) -> bool:
    """Whether it is JSON of the error form, with this status and code, and a sentence."""
    answer = response.json()
    return (
        (response.status_code, answer["message"]) == (status, code)
        and response["Content-Type"].startswith(JSON)
        and answer.keys() == {"object", "message", "detail"}
        and answer["object"] == "error"
        and answer["detail"].endswith(".")
    )


# Route and method


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nothing",
        "/api",
        "/api/",
        "/api/user",
        "/api/user/",
        "/api/user/nothing",
        "/api/user/account/",
        "/api/user/account.json",
        "/api/user/account%0A",
        "/api/administrator/nothing",
        "/api//user/account",
        "/API/user/account",
        "/%00%FF",
    ],
)
def test_unknown_route(guest: ApiClient, path: str, method: str) -> None:
    assert is_refusal(send(guest, method, path), 404, "invalid-route")


@pytest.mark.parametrize("path", ["/", "/api/nothing", "/nothing"])
def test_unknown_route_with_debug(guest: ApiClient, settings: Any, path: str) -> None:
    settings.DEBUG = True
    assert is_refusal(send(guest, "GET", path), 404, "invalid-route")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("_", "right_method", "route"), ROUTES)
def test_wrong_method(guest: ApiClient, method: str, _: str, right_method: str, route: str) -> None:
    """The route is there for callers who are not signed in too: which methods it takes is no secret."""
    allowed = {"GET", "HEAD"} if right_method == "GET" else {right_method}
    response = send(guest, method, f"/api/{route}")
    assert (response.status_code == 405) == (method not in allowed)
    if method not in allowed:
        assert set(response["Allow"].split(", ")) == allowed
        assert method == "HEAD" or is_refusal(response, 405, "invalid-method")


@pytest.mark.parametrize("method", METHODS)
def test_wrong_method_of_somebody_signed_in(administrator: ApiClient, method: str) -> None:
    status = 400 if method == "PATCH" else 405  # without an id
    assert send(administrator, method, "/api/administrator/reset-session-key").status_code == status


def test_head_answers_as_get_without_a_body(user: ApiClient) -> None:
    response = user.call("HEAD", "user/account", accountid=user.account.accountid)
    assert (response.status_code, response.content) == (200, b"")


# Body


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        pytest.param(JSON, b"{", id="broken JSON"),
        pytest.param(JSON, b'{"username": "somebody"} and more', id="more than JSON"),
        pytest.param(JSON, b" ", id="blank JSON"),
        pytest.param(JSON, b'["username"]', id="JSON list"),
        pytest.param(JSON, b'"username"', id="JSON text"),
        pytest.param(JSON, b"1", id="JSON number"),
        pytest.param(JSON, b"null", id="JSON null"),
        pytest.param(JSON, b"[" * 100_000, id="deep JSON list"),
        pytest.param(JSON, b'{"a":' * 100_000 + b"1" + b"}" * 100_000, id="deep JSON object"),
        pytest.param(JSON, b'{"username": ' + b"9" * 10_000 + b"}", id="endless JSON number"),
        pytest.param(JSON, b'{"username": "\xff\xfe"}', id="JSON in no UTF-8"),
        pytest.param(JSON, '{"username": "somebody"}'.encode("utf-16"), id="JSON in UTF-16"),
        pytest.param(JSON, b"\xef\xbb\xbf{}", id="JSON after a byte order mark"),
        pytest.param(JSON, b'{"username": "\x00"}', id="JSON with a bare NUL"),
        pytest.param("multipart/form-data", b"--x\r\n", id="multipart without boundary"),
        pytest.param("multipart/form-data; boundary=", b"--x\r\n", id="multipart with empty boundary"),
        pytest.param("multipart/form-data; boundary=\xff", b"--x\r\n", id="multipart with boundary not ASCII"),
        pytest.param(
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="username"; filename="f"\r\n'
            b"Content-Transfer-Encoding: base64\r\n\r\na\r\n--x--\r\n",
            id="multipart with broken base64",
        ),
        pytest.param(FORM, b"&".join(b"f%d=1" % n for n in range(1001)), id="form of too many fields"),
        pytest.param(
            MULTIPART_CONTENT,
            encode_multipart(BOUNDARY, {f"f{n}": "1" for n in range(1001)}),
            id="multipart of too many fields",
        ),
        pytest.param(
            MULTIPART_CONTENT,
            encode_multipart(BOUNDARY, {f"f{n}": SimpleUploadedFile("f", b"1") for n in range(101)}),
            id="multipart of too many files",
        ),
    ],
)
@table("caller method route", [GUEST_POST, USER_PATCH])
def test_unreadable_body(caller: ApiClient, method: str, route: str, media_type: str, body: bytes) -> None:
    assert is_refusal(send(caller, method, f"/api/{route}", body, media_type), *UNREADABLE)


@table("caller method route", ROUTES_WITH_BODY)
def test_unreadable_body_on_every_kind_of_route(caller: ApiClient, method: str, route: str) -> None:
    assert is_refusal(send(caller, method, f"/api/{route}", b"{", JSON), *UNREADABLE)


class GoneAway(BytesIO):
    """The input of a client that hung up amid its body."""

    def read(self, size: int | None = -1) -> bytes:
        raise ConnectionResetError("the client is gone")

    readline = read


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_body_that_stops_coming_is_unreadable(
    guest: ApiClient, caplog: pytest.LogCaptureFixture, media_type: str
) -> None:
    gone = {"wsgi.input": GoneAway()}
    assert is_refusal(send(guest, "POST", "/api/user/create-session", b"body", media_type, **gone), *UNREADABLE)
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


@pytest.mark.parametrize("length", ["many", "1e3"])
@table("caller method route", [GUEST_POST, USER_GET])
def test_a_content_length_that_is_no_number_is_no_fault(
    caller: ApiClient, method: str, route: str, length: str
) -> None:
    assert send(caller, method, f"/api/{route}", CONTENT_LENGTH=length).status_code == 400


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@table("caller method route", ROUTES)
def test_too_long_a_body(caller: ApiClient, method: str, route: str, *, settings: Any, media_type: str) -> None:
    body = encoded({"username": LONG}, media_type)
    settings.MAXIMUM_POST_DATA_LENGTH = len(body)
    assert send(caller, method, f"/api/{route}", body, media_type).status_code != 413
    settings.MAXIMUM_POST_DATA_LENGTH = len(body) - 1
    response = send(caller, method, f"/api/{route}", body, media_type)
    assert is_refusal(response, 413, "invalid-request-length")
    assert str(len(body) - 1) in response.json()["detail"]


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
def test_a_body_of_two_million_bytes_is_read(guest: ApiClient, media_type: str) -> None:
    without = len(encoded({"username": "", "password": PASSWORD}, media_type))
    body = encoded({"username": "a" * (2_000_000 - without), "password": PASSWORD}, media_type)
    response = send(guest, "POST", "/api/user/create-session", body, media_type)
    assert outcome(response) == (401, "invalid-username")


@pytest.mark.parametrize(
    "media_type",
    ["text/plain", "application/xml", "application/octet-stream", "application/jsonp", "json", "*/*", "/", "", "\xff"],
)
@table("caller method route", [GUEST_POST, USER_PATCH])
def test_unsupported_media_type(caller: ApiClient, method: str, route: str, media_type: str) -> None:
    response = send(caller, method, f"/api/{route}", b"username=somebody", CONTENT_TYPE=media_type)
    assert is_refusal(response, 415, "invalid-content-type")


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@pytest.mark.parametrize(
    "parameter",
    [
        "",
        "charset=utf-8",
        "charset=latin-1",
        "charset=utf-16",
        "charset=base64",
        "charset=rot13",
        "charset=nonsense",
        "charset=",
        "x=y",
    ],
)
def test_every_media_type_is_read_as_utf8_whatever_its_charset(
    guest: ApiClient, media_type: str, parameter: str
) -> None:
    AccountFactory(username="sómebödy-ж", raw_password="pässwörd-ж")
    body = encoded({"username": "sómebödy-ж", "password": "pässwörd-ж"}, media_type)
    typed = f"{media_type}; {parameter}" if parameter else media_type
    assert outcome(send(guest, "POST", "/api/user/create-session", body, typed)) == (200, "")


def status_from_the_application(path: str, query: str, media_type: str, body: bytes) -> tuple[str, dict[str, Any]]:
    """The status line and the answer of the WSGI application, which sees a request before Django does."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_HOST": "testserver",
        "CONTENT_TYPE": media_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": BytesIO(body),
    }
    setup_testing_defaults(environ)
    statuses: list[str] = []
    with kept_connections():
        response = application(environ, lambda status, headers: statuses.append(status))
    return statuses[0], json.loads(b"".join(response))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "parameter", ["charset=base64", "charset=rot13", "charset=utf-16", "charset=undefined", "charset=nonsense"]
)
@pytest.mark.parametrize("path", ["/api/user/create-session", "/api/nothing"])
def test_a_charset_does_not_change_how_the_query_is_read(path: str, parameter: str) -> None:
    AccountFactory(username="somebody")
    body = encoded({"username": "somebody", "password": PASSWORD}, FORM)
    status, _ = status_from_the_application(path, "a=1", f"{FORM}; {parameter}", body)
    assert status == ("404 Not Found" if path == "/api/nothing" else "200 OK")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        pytest.param(f"{FORM}; charset*=nonsense''x", b"username=somebody", id="form"),
        pytest.param(f"{JSON}; charset*=nonsense''x", b"{}", id="JSON"),
        pytest.param("multipart/form-data; boundary*=nonsense''x", b"--x--\r\n", id="multipart"),
        pytest.param("multipart/form-data; boundary=x; charset=\xff", b"--x--\r\n", id="not ASCII"),
        pytest.param(
            "multipart/form-data; boundary=x",
            b"--x\r\nContent-Disposition: form-data; name*=nonsense''username\r\n\r\na\r\n--x--\r\n",
            id="part of multipart",
        ),
    ],
)
def test_a_parameter_in_an_unknown_encoding_is_no_fault(media_type: str, body: bytes) -> None:
    """RFC 2231 lets a parameter name the encoding of its value."""
    status, answer = status_from_the_application("/api/user/create-session", "", media_type, body)
    assert (status, answer["object"]) == ("400 Bad Request", "error")


# Fields


FIELDS_OF_ROUTES = (
    (*GUEST_POST, "username", "invalid-username"),
    (*GUEST_POST, "password", "invalid-password"),
    (*GUEST_PATCH, "username", "invalid-username"),
    (*GUEST_PATCH, "password", "invalid-password"),
    ("guest", "POST", "user/create-account", "username", "invalid-username"),
    ("guest", "POST", "user/create-account", "password", "invalid-password"),
    ("user", "PATCH", "user/set-account-deleted", "password", "invalid-password"),
    (*ADMINISTRATOR_POST, "secret-code", "invalid-secret-code"),
)


def with_field(name: str, value: Any) -> dict[str, Any]:
    return {"username": "somebody", "password": PASSWORD, "secret-code": "abc123def456", name: value}


def path_about(route: str, caller: ApiClient) -> str:
    return f"/api/{route}?accountid={caller.account.accountid}" if caller.session else f"/api/{route}"


@pytest.mark.parametrize(
    ("media_type", "value"),
    [
        pytest.param(FORM, "", id="empty in a form"),
        pytest.param(FORM, "some\0body", id="NUL in a form"),
        pytest.param(FORM, ["somebody", "somebody"], id="twice in a form"),
        pytest.param(FORM, ["somebody", ""], id="twice in a form, once empty"),
        pytest.param(MULTIPART_CONTENT, "", id="empty in multipart"),
        pytest.param(MULTIPART_CONTENT, "some\0body", id="NUL in multipart"),
        pytest.param(MULTIPART_CONTENT, ["somebody", "somebody"], id="twice in multipart"),
        pytest.param(MULTIPART_CONTENT, SimpleUploadedFile("somebody", b"somebody"), id="file"),
        pytest.param(MULTIPART_CONTENT, SimpleUploadedFile("somebody", b""), id="empty file"),
        pytest.param(MULTIPART_CONTENT, ["somebody", SimpleUploadedFile("somebody", b"somebody")], id="text and file"),
        pytest.param(JSON, "", id="empty in JSON"),
        pytest.param(JSON, "some\0body", id="NUL in JSON"),
        pytest.param(JSON, "somebody\ud800", id="high surrogate"),
        pytest.param(JSON, "\udfffsomebody", id="low surrogate"),
        pytest.param(JSON, 123456, id="integer"),
        pytest.param(JSON, 123.456, id="fraction"),
        pytest.param(JSON, float("nan"), id="NaN"),
        pytest.param(JSON, True, id="true"),
        pytest.param(JSON, False, id="false"),
        pytest.param(JSON, None, id="null"),
        pytest.param(JSON, [], id="empty list"),
        pytest.param(JSON, ["somebody"], id="list"),
        pytest.param(JSON, {}, id="empty object"),
        pytest.param(JSON, {"somebody": "somebody"}, id="object"),
    ],
)
@table("caller method route name code", FIELDS_OF_ROUTES)
def test_a_field_that_is_not_one_text_is_missing(
    caller: ApiClient, method: str, route: str, *, name: str, code: str, media_type: str, value: Any
) -> None:
    for given in value if isinstance(value, list) else [value]:
        if isinstance(given, SimpleUploadedFile):
            given.seek(0)
    body = encoded(with_field(name, value), media_type)
    response = send(caller, method, path_about(route, caller), body, media_type)
    assert is_refusal(response, 400, code)
    assert "missing" in response.json()["detail"]


@table("caller method route name code", FIELDS_OF_ROUTES)
def test_a_name_given_twice_in_json_is_missing(
    caller: ApiClient, method: str, route: str, name: str, code: str
) -> None:
    body = json.dumps(with_field(name, "somebody"))[:-1] + f', "{name}": "somebody"}}'
    response = send(caller, method, path_about(route, caller), body.encode(), JSON)
    assert is_refusal(response, 400, code)


@pytest.mark.parametrize("media_type", MEDIA_TYPES)
@table(
    "caller method route name expected",
    [
        (*GUEST_POST, "username", (401, "invalid-username")),
        (*GUEST_POST, "password", (401, "invalid-password")),
        (*GUEST_POST, "remember", (200, "")),
        (*GUEST_PATCH, "username", (401, "invalid-username")),
        (*GUEST_PATCH, "password", (401, "invalid-password")),
        ("guest", "POST", "user/create-account", "username", (400, "invalid-username-length")),
        ("guest", "POST", "user/create-account", "password", (400, "invalid-password-length")),
        ("user", "PATCH", "user/set-account-deleted", "password", (401, "invalid-password")),
        (*ADMINISTRATOR_POST, "secret-code", (400, "invalid-secret-code-length")),
    ],
)
def test_an_endless_field_is_refused_as_any_other(
    caller: ApiClient, method: str, route: str, *, name: str, expected: Any, media_type: str
) -> None:
    AccountFactory(username="somebody")
    body = encoded(with_field(name, LONG), media_type)
    response = send(caller, method, path_about(route, caller), body, media_type)
    assert outcome(response) == expected


@pytest.mark.parametrize(
    "remember", [b"remember=hours&remember=days", b"remember=%00", b"remember=", b"remember=always"]
)
def test_remember_that_means_nothing_is_as_if_left_out(guest: ApiClient, remember: bytes) -> None:
    AccountFactory(username="somebody")
    body = encoded({"username": "somebody", "password": PASSWORD}, FORM) + b"&" + remember
    assert guest.post("user/create-session", body).json()["duration"] == 1200


@pytest.mark.parametrize("body", [b"username=%ff%fe&password=%ed%a0%80", b"username=\xff\xfe&password=\xed\xa0\x80"])
def test_a_form_in_no_utf8_is_no_fault(guest: ApiClient, body: bytes) -> None:
    assert outcome(guest.post("user/create-session", body)) == (401, "invalid-username")


def test_fields_that_nobody_asked_for_are_ignored(guest: ApiClient) -> None:
    AccountFactory(username="somebody")
    body = {"username": "somebody", "password": PASSWORD, "owner": "true", "accountid": "acct_0123456789abcdef"}
    assert outcome(guest.post("user/create-session", body)) == (200, "")


# Ids


ID_ROUTES = (
    ("user", "GET", "user/account", "accountid", "invalid-accountid"),
    ("user", "PATCH", "user/reset-session-key", "accountid", "invalid-accountid"),
    ("user", "GET", "user/session", "sessionid", "invalid-sessionid"),
    ("user", "PATCH", "user/set-session-ended", "sessionid", "invalid-sessionid"),
    ("user", "GET", "user/profile", "profileid", "invalid-profileid"),
    ("administrator", "GET", "administrator/account", "accountid", "invalid-accountid"),
    ("administrator", "PATCH", "administrator/reset-session-key", "accountid", "invalid-accountid"),
    ("administrator", "POST", "administrator/create-reset-code", "accountid", "invalid-accountid"),
    ("administrator", "GET", "administrator/session", "sessionid", "invalid-sessionid"),
)


def own_id(name: str, caller: ApiClient) -> str:
    """An id of the caller's that this parameter may name."""
    assert caller.session
    ids = {
        "accountid": lambda: caller.account.accountid,
        "sessionid": lambda: caller.session.sessionid,
        "profileid": lambda: ProfileFactory(account=caller.account).profileid,
    }
    return ids[name]()


@table("caller method route name code", ID_ROUTES)
def test_a_missing_id(caller: ApiClient, method: str, route: str, name: str, code: str) -> None:
    for path in (f"/api/{route}", f"/api/{route}?{name}", f"/api/{route}?{name}=", f"/api/{route}?other=1"):
        response = send(caller, method, path)
        assert is_refusal(response, 400, code)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("{name}={id}&{name}={id}", id="twice"),
        pytest.param("{name}={id}&{name}=", id="twice, once empty"),
        pytest.param("{name}=&{name}=", id="twice empty"),
        pytest.param("{name}={id}%00", id="NUL after it"),
        pytest.param("{name}=%00", id="NUL"),
        pytest.param("{name}={id}%0A", id="line end after it"),
        pytest.param("{name}=%20{id}", id="space before it"),
        pytest.param("{name}={id}a", id="a digit too many"),
        pytest.param("{name}={id:.20}", id="a digit too few"),
        pytest.param("{name}={upper}", id="in capitals"),
        pytest.param("{name}=acct_%D9%A1123456789abcdef", id="digits of another script"),
        pytest.param("{name}=%ED%A0%80", id="surrogate"),
        pytest.param("{name}=%FF%FE", id="no UTF-8"),
        pytest.param("{name}=code_0123456789abcdef", id="of another kind"),
        pytest.param("{name}=acct_0123456789abcdef", id="of nobody"),
        pytest.param("{name}={long}", id="endless"),
        pytest.param("{name}=%25&{name}[]=1", id="with brackets"),
    ],
)
@table("caller method route name code", ID_ROUTES)
def test_an_id_that_names_nothing(
    caller: ApiClient, method: str, route: str, *, name: str, code: str, query: str
) -> None:
    good = own_id(name, caller)
    path = f"/api/{route}?" + query.format(name=name, id=good, upper=good.upper(), long=LONG)
    response = send(caller, method, path)
    assert is_refusal(response, 404, code)


@table("caller method route name code", ID_ROUTES)
def test_an_id_of_another_appid_does_not_exist(
    caller: ApiClient, method: str, route: str, name: str, code: str
) -> None:
    elsewhere = ApiClient(SessionFactory(appid="elsewhere", account=AccountFactory(appid="elsewhere")))
    query = {name: own_id(name, elsewhere)}
    if name == "profileid":
        query = {name: ProfileFactory(appid="elsewhere", account=elsewhere.account).profileid}
    assert is_refusal(caller.call(method, route, **query), 404, code)


@table("caller method route", [USER_GET, USER_PATCH, ADMINISTRATOR_GET, ADMINISTRATOR_POST])
def test_too_many_parameters(caller: ApiClient, method: str, route: str) -> None:
    query = "&".join(f"p{n}=1" for n in range(1001))
    assert is_refusal(send(caller, method, f"/api/{route}?{query}"), *UNREADABLE)


# Headers


WEIRD = ["", " ", ";", "=", ";;;===", '"', '"\\', "\xff\xfe", "\x01\x02", "{}", "'; drop table accounts", LONG]


@pytest.mark.parametrize("cookie", [*WEIRD, *(f"sessionid={value}; token={value}" for value in WEIRD)])
def test_weird_cookies_sign_nobody_in(guest: ApiClient, cookie: str) -> None:
    assert outcome(send(guest, "GET", "/api/user/account", HTTP_COOKIE=cookie)) == (401, "Sign in required")


@pytest.mark.parametrize(
    "value", [*WEIRD, *(f"Bearer {value}" for value in WEIRD), *(f"Bearer {v}.{v}" for v in WEIRD)]
)
def test_weird_authorization_signs_nobody_in(guest: ApiClient, value: str) -> None:
    assert outcome(send(guest, "GET", "/api/user/account", HTTP_AUTHORIZATION=value)) == (401, "Sign in required")


@pytest.mark.parametrize("value", [*WEIRD, *(f"Bearer {value}" for value in WEIRD)])
def test_weird_credentials_do_not_keep_a_guest_from_signing_in(guest: ApiClient, value: str) -> None:
    AccountFactory(username="somebody")
    body = encoded({"username": "somebody", "password": PASSWORD}, FORM)
    headers = {"HTTP_AUTHORIZATION": value, "HTTP_COOKIE": value}
    assert outcome(send(guest, "POST", "/api/user/create-session", body, **headers)) == (200, "")


@pytest.mark.parametrize("host", ["evil.example", "testserver.evil.example", "testserver:port", "a b", "", "\xff"])
@pytest.mark.parametrize("path", ["/api/user/create-session", "/"])
def test_host_that_is_not_allowed(guest: ApiClient, path: str, host: str) -> None:
    assert is_refusal(send(guest, "POST", path, HTTP_HOST=host), *UNREADABLE)


def test_host_that_is_not_allowed_with_debug(guest: ApiClient, settings: Any) -> None:
    settings.DEBUG = True
    assert is_refusal(send(guest, "POST", "/api/user/create-session", HTTP_HOST="evil.example"), *UNREADABLE)


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "nonsense", "", "*/*;q=0", "\xff"])
def test_answers_are_json_whatever_is_accepted(user: ApiClient, accept: str) -> None:
    response = user.call(
        "GET", "user/account", headers={"accept": accept}, accountid=user.account.accountid, format="x"
    )
    assert (response.status_code, response["Content-Type"]) == (200, JSON)
    assert response.json()["accountid"] == user.account.accountid


def test_sign_in_required_comes_with_a_challenge(guest: ApiClient) -> None:
    for route in ("user/account", "administrator/account"):
        assert guest.get(route)["WWW-Authenticate"] == 'Bearer realm="dashboard"'


@pytest.mark.parametrize(("username", "code"), [("nobody", "invalid-username"), ("somebody", "invalid-password")])
def test_refused_sign_in_comes_with_a_challenge(guest: ApiClient, username: str, code: str) -> None:
    AccountFactory(username="somebody")
    response = guest.post("user/create-session", {"username": username, "password": "wrong"})
    assert is_refusal(response, 401, code)
    assert response["WWW-Authenticate"] == 'Bearer realm="dashboard"'


# Faults of the server


def fail(*args: Any, **kwargs: Any) -> None:
    raise RuntimeError("the password of the database is hunter2")


def failing_middleware(get_response: Any) -> Any:
    def middleware(request: HttpRequest) -> HttpResponse:
        return fail()  # type: ignore[return-value]

    return middleware


def is_logged(caplog: pytest.LogCaptureFixture) -> bool:
    """Whether an error is logged with the traceback of `fail`."""
    return any(
        record.levelno == logging.ERROR and record.exc_info and "hunter2" in str(record.exc_info[1])
        for record in caplog.records
    )


@pytest.mark.parametrize("debug", [False, True])
@table(
    "caller method route service",
    [
        (*GUEST_POST, (sessions_app.services, "create_session")),
        (*GUEST_PATCH, (accounts.services.deletion, "reset_own_account_deleted")),
        (*USER_GET, (accounts.inputs, "own_account")),
        (
            "administrator",
            "PATCH",
            "administrator/reset-session-key",
            (accounts.services.credentials, "reset_session_key"),
        ),
        (*ADMINISTRATOR_POST, (resetcodes.services, "create_reset_code")),
    ],
)
def test_fault_of_the_server(
    *,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    settings: Any,
    caller: ApiClient,
    method: str,
    route: str,
    service: Any,
    debug: bool,
) -> None:
    settings.DEBUG = debug
    monkeypatch.setattr(*service, fail)
    response = send(caller, method, path_about(route, caller))
    assert is_refusal(response, 500, "unknown-error")
    assert b"hunter2" not in response.content
    assert b"RuntimeError" not in response.content
    assert is_logged(caplog)


@pytest.mark.parametrize("debug", [False, True])
def test_fault_outside_of_a_route(
    guest: ApiClient, settings: Any, caplog: pytest.LogCaptureFixture, debug: bool
) -> None:
    settings.DEBUG = debug
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, f"{__name__}.failing_middleware"]
    guest.client.handler = ClientHandler()
    response = guest.get("user/nothing")
    assert response.status_code == 500
    assert b"hunter2" not in response.content
    assert is_refusal(response, 500, "unknown-error")
    assert is_logged(caplog)


def test_a_refused_request_is_no_fault_in_the_log(user: ApiClient, caplog: pytest.LogCaptureFixture) -> None:
    user.get("user/account", accountid="acct_0123456789abcdef")
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]


def test_a_refused_request_changes_nothing(user: ApiClient) -> None:
    user.patch("user/reset-session-key", b"&".join(b"f%d=1" % n for n in range(1001)), accountid=user.account.accountid)
    assert Account.objects.get(pk=user.account.pk).session_key_number == 1
