"""The server below a path of a shared host, behind nginx: every address, cookie and file has the path."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

import pytest

from tests.gateway.serving import migrated
from throwaway.programs import free_port

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
PASSWORD = "a long enough password"
LINK = re.compile(r"""(?:href|src|action)=["']([^"'#]+)["']""")

pytestmark = [
    pytest.mark.process,
    pytest.mark.infrastructure,
    pytest.mark.skipif(NGINX is None, reason="needs nginx"),
]

CONFIGURATION = """
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    server {{
        listen 127.0.0.1:{port};
        location /auth/ {{ proxy_pass http://127.0.0.1:{upstream}/; }}
        location /named/stripped/ {{
            proxy_set_header X-Forwarded-Prefix /named/stripped; proxy_pass http://127.0.0.1:{upstream}/;
        }}
        location /named/ {{ proxy_set_header X-Script-Name /named; proxy_pass http://127.0.0.1:{upstream}; }}
    }}
    server {{
        listen 127.0.0.1:{port_unstripped};
        location /auth/ {{ proxy_pass http://127.0.0.1:{upstream}; }}
    }}
}}
"""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def cookies(self) -> dict[str, tuple[str, str]]:
        """The value and the path of each cookie that is set."""
        cookies: SimpleCookie = SimpleCookie()
        for header in self.headers.get_all("Set-Cookie", []):
            cookies.load(header)
        return {name: (it.value, it["path"]) for name, it in cookies.items()}

    @property
    def links(self) -> set[str]:
        return {unescape(link) for link in LINK.findall(self.body.decode()) if not link.startswith("data:")}


def ask(port: int, method: str, path: str, fields: dict[str, str] | None = None, **headers: str) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        body = urlencode(fields) if fields else None
        form = {"Content-Type": "application/x-www-form-urlencoded"} if fields else {}
        connection.request(method, path, body, form | headers)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def wait_for(port: int, path: str) -> None:
    end = monotonic() + 30
    while True:
        try:
            if ask(port, "GET", path).status == 200:
                return
        except OSError:
            pass
        assert monotonic() < end
        sleep(0.1)


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """Start Dashboard and nginx. Return nginx's ports: one that strips the path, and one that does not."""
    folder = tmp_path_factory.mktemp("prefix")
    upstream, port, port_unstripped = (free_port() for _ in range(3))
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"} | {
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
        "SECRET_KEY": "a secret of some length, for a test",
        "BCRYPT_WORKLOAD_FACTOR": "4",
        "HOST": "127.0.0.1",
        "PORT": str(upstream),
        "WORKERS": "1",
        "TRUSTED_PROXIES": "127.0.0.1",
        "DASHBOARD_SERVER": f"http://127.0.0.1:{port}/auth",
    }
    shutil.copy(migrated(), folder / "db.sqlite3")
    (folder / "nginx.conf").write_text(
        CONFIGURATION.format(folder=folder, port=port, port_unstripped=port_unstripped, upstream=upstream)
    )
    commands = ([sys.executable, "manage.py", "serve"], [NGINX, "-p", folder, "-c", folder / "nginx.conf"])
    with (folder / "log").open("wb") as log:
        processes = [
            subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
            for command in commands
        ]
        try:
            wait_for(port, "/auth/health/live")
            create = ("POST", "/auth/api/user/create-account", {"username": "administrator", "password": PASSWORD})
            assert ask(port, *create).status == 200
            yield {"stripped": port, "unstripped": port_unstripped}
        finally:
            for process in processes:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(30)


SERVED = [
    ("stripped", "/auth"),
    ("unstripped", "/auth"),
    ("stripped", "/named/stripped"),
    ("stripped", "/named"),
]
each_way = pytest.mark.parametrize(("way", "prefix"), SERVED, ids=lambda it: it)


@each_way
def test_cookies_and_links_of_the_api_have_the_path(ports: dict[str, int], way: str, prefix: str) -> None:
    port, api = ports[way], f"{prefix}/api"
    fields = {"username": "administrator", "password": PASSWORD}
    answers = [ask(port, "POST", f"{api}/user/create-session", fields) for _ in range(2)]
    assert {path for _, path in answers[0].cookies.values()} == {f"{prefix}/"}
    cookie = "; ".join(f"{name}={value}" for name, (value, _) in answers[0].cookies.items())
    page = ask(port, "GET", f"{api}/administrator/sessions?limit=1", Cookie=cookie)
    next_page = urlsplit(page.headers["Link"].partition(">")[0].removeprefix("<"))
    assert next_page.path == f"{api}/administrator/sessions"
    assert ask(port, "GET", f"{next_page.path}?{next_page.query}", Cookie=cookie).status == 200
    ended = ask(port, "PATCH", f"{api}/user/set-session-ended?sessionid={page.json[0]['sessionid']}", Cookie=cookie)
    assert ended.status == 200
    assert ask(port, "GET", f"{api}/nothing").json["message"] == "invalid-route"


@each_way
def test_document_and_explorer_have_the_path(ports: dict[str, int], way: str, prefix: str) -> None:
    port = ports[way]
    assert ask(port, "GET", f"{prefix}/api/openapi.json").json["servers"] == [{"url": prefix}]
    explorer = ask(port, "GET", f"{prefix}/api/docs")
    assert f'"{prefix}/api/openapi.json"' in explorer.body.decode()
    assert_links(port, prefix, f"{prefix}/api/docs", explorer)


@each_way
def test_every_address_of_the_site_has_the_path(ports: dict[str, int], way: str, prefix: str) -> None:
    port = ports[way]
    assert_links(port, prefix, f"{prefix}/", ask(port, "GET", f"{prefix}/", Accept="text/html"))
    unsigned = ask(port, "GET", f"{prefix}/admin/")
    assert unsigned.headers["Location"] == f"{prefix}/admin/login/?next={prefix}/admin/"
    form = ask(port, "GET", f"{prefix}/admin/login/")
    assert_links(port, prefix, f"{prefix}/admin/login/", form)
    assert {path for _, path in form.cookies.values()} == {f"{prefix}/admin/"}
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.body.decode())
    assert token
    fields = {"username": "administrator", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
    csrf = "; ".join(f"{name}={value}" for name, (value, _) in form.cookies.items())
    signed_in = ask(port, "POST", f"{prefix}/admin/login/", fields, Cookie=csrf)
    assert (signed_in.status, signed_in.headers["Location"]) == (302, f"{prefix}/admin/")
    assert {path for _, path in signed_in.cookies.values()} == {f"{prefix}/admin/"}
    cookie = "; ".join(f"{name}={value}" for name, (value, _) in signed_in.cookies.items())
    for page in ("admin/", "admin/accounts/account/", "admin/sessions_app/session/", "admin/nothing/"):
        assert_links(port, prefix, f"{prefix}/{page}", ask(port, "GET", f"{prefix}/{page}", Cookie=cookie))


def assert_links(port: int, prefix: str, path: str, page: Answer) -> None:
    """Every address on the page is below the path, and its files are there."""
    addresses = {urljoin(path, link) for link in page.links}
    local = {it for it in addresses if it.startswith("/")}
    assert local
    assert {it for it in local if not it.startswith(f"{prefix}/")} == set()
    files = [it for it in local if "/static/" in it]
    assert files or page.status == 404
    assert {ask(port, "GET", it).status for it in files} <= {200}
