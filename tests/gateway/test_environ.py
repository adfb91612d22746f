"""The environ that Django gets of a request."""

import pytest

from dashboard.gateway.environ import environ_of
from tests.gateway.asgi import scope


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ("/a", "/a"),
        ("/a%20b", "/a b"),
        ("/%c3%a9", "/Ã©"),
        ("/%ff", "/ÿ"),
        ("/%2F%", "/%2F%"),
        ("/a%2fb%20", "/a%2fb "),
        ("*", "*"),
    ],
)
def test_path(raw: str, path: str) -> None:
    assert environ_of(scope("GET", raw, []))["PATH_INFO"] == path


def test_query_string() -> None:
    assert environ_of(scope("GET", "/a?b=%ff&c=\xe9", []))["QUERY_STRING"] == "b=%ff&c=\xe9"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([(b"x-accountid", b"1")], {"HTTP_X_ACCOUNTID": "1"}),
        ([(b"content-type", b"a/b"), (b"content-length", b"3")], {"CONTENT_TYPE": "a/b", "CONTENT_LENGTH": "3"}),
        ([(b"cookie", b"a=1"), (b"cookie", b"b=2")], {"HTTP_COOKIE": "a=1;b=2"}),
        ([(b"x-forwarded-for", b"1"), (b"x-forwarded-for", b"2")], {"HTTP_X_FORWARDED_FOR": "1,2"}),
        ([(b"user-agent", b"caf\xc3\xa9")], {"HTTP_USER_AGENT": "caf\xc3\xa9"}),
        ([(b"x_accountid", b"1"), (b"x-accountid", b"2")], {"HTTP_X_ACCOUNTID": "2"}),
        ([(b"x_forwarded_for", b"192.0.2.1")], {}),
    ],
)
def test_headers(headers: list[tuple[bytes, bytes]], expected: dict[str, str]) -> None:
    environ = environ_of(scope("GET", "/", headers))
    assert {name: it for name, it in environ.items() if name.startswith(("HTTP_", "CONTENT_"))} == expected


def test_who_asks_whom() -> None:
    environ = environ_of(scope("GET", "/", [], client=("192.0.2.7", "5"), server=("192.0.2.1", "80"), scheme="https"))
    names = ("REMOTE_ADDR", "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "wsgi.url_scheme")
    assert [environ[name] for name in names] == ["192.0.2.7", "192.0.2.1", "80", "HTTP/1.1", "https"]
