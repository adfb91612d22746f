"""nginx and HAProxy with the configurations of deploy/, on free ports, in front of servers on other ports."""

import http.client
import json
import os
import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.conf import settings

from tests.e2e.test_path_prefix import Answer
from tests.gateway.serving import eventually
from tests.throwaway import free_port, is_answered, program

DEPLOY = Path(settings.BASE_DIR) / "deploy"
HOST = "dashboard.example.com"
PATIENCE = 60  # seconds; longer than any limit of the configurations
AS_ROOT = "user root;" if os.geteuid() == 0 else ""  # whose folders nobody else may enter
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NGINX = """
daemon off; worker_processes 1; {user} pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {site}
}}
"""


@dataclass(frozen=True)
class Proxy:
    """The two ports of a proxy, and the folder of its files."""

    port: int
    plain_port: int
    folder: Path

    def connection(self) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=str(self.folder / "dashboard.crt"))
        context.check_hostname = False
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=PATIENCE, context=context)

    def ask(self, path: str, method: str = "GET", body: dict[str, str] | None = None, **headers: str) -> Answer:
        connection = self.connection()
        try:
            sent = {"Host": HOST, **(FORM if body else {}), **{k.replace("_", "-"): v for k, v in headers.items()}}
            connection.request(method, path, urlencode(body) if body else None, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()


def certificate(folder: Path) -> None:
    """Write a certificate for HOST, its key, and both in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for file, content in {"crt": made, "key": secret, "pem": made + secret}.items():
        (folder / f"dashboard.{file}").write_bytes(content)


def substituted(file: str, replacements: dict[str, str]) -> str:
    """Return a configuration with other text in the places of these patterns, each of which it must have."""
    text = (DEPLOY / file).read_text()
    for pattern, replacement in replacements.items():
        text, found = re.subn(pattern, replacement, text)
        assert found, f"{file} has no {pattern}"
    return text


def nginx(folder: Path, port: int, plain_port: int, upstreams: tuple[int, int], limit: str) -> list[str]:
    site = substituted(
        "nginx.conf",
        {
            r"listen 80;": f"listen 127.0.0.1:{plain_port};",
            r"listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
            r"dashboard-1:8000": f"127.0.0.1:{upstreams[0]}",
            r"dashboard-2:8000": f"127.0.0.1:{upstreams[1]}",
            r"/etc/nginx/certificates": str(folder),
            r"proxy_read_timeout 15s;": f"proxy_read_timeout {limit};",
        },
    )
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, site=site, user=AS_ROOT))
    return [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]


def haproxy(folder: Path, port: int, plain_port: int, upstreams: tuple[int, int], limit: str) -> list[str]:
    text = substituted(
        "haproxy.cfg",
        {
            r"bind :80\n": f"bind 127.0.0.1:{plain_port}\n",
            r"bind :443 ": f"bind 127.0.0.1:{port} ",
            r"dashboard-1:8000": f"127.0.0.1:{upstreams[0]}",
            r"dashboard-2:8000": f"127.0.0.1:{upstreams[1]}",
            r"/etc/haproxy/certificates": str(folder),
            r"timeout server 15s": f"timeout server {limit}",
        },
    )
    (folder / "haproxy.cfg").write_text(text)
    return [program("haproxy"), "-db", "-f", str(folder / "haproxy.cfg")]


PROXIES: dict[str, Callable[[Path, int, int, tuple[int, int], str], list[str]]] = {"nginx": nginx, "haproxy": haproxy}
CHECKS = {"nginx": "-t", "haproxy": "-c"}


@contextmanager
def proxying(kind: str, folder: Path, upstreams: tuple[int, int], limit: str = "15s") -> Iterator[Proxy]:
    """Run a proxy in front of these ports. `limit` is how long it waits for an answer."""
    program(kind)
    certificate(folder)
    proxy = Proxy(free_port(), free_port(), folder)
    command = PROXIES[kind](folder, proxy.port, proxy.plain_port, upstreams, limit)
    checked = subprocess.run([*command, CHECKS[kind]], capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert checked.returncode == 0, checked.stderr
    assert "warn" not in checked.stderr.lower(), checked.stderr
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            eventually(lambda: is_answered(proxy.port))
            yield proxy
        finally:
            process.terminate()


def logged_addresses(log: Path) -> set[str]:
    """Return the addresses of the requests in a server's log."""
    lines = (json.loads(line) for line in log.read_text().splitlines())
    return {line["address"] for line in lines if line.get("logger") == "dashboard.requests"}


def signal_all(pids: list[int], number: int) -> None:
    for pid in pids:
        os.kill(pid, number)
