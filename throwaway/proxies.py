"""nginx and HAProxy with the configurations of deploy/, on free ports, in front of servers on other ports."""

import http.client
import os
import re
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from signal import SIGTERM

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from throwaway.programs import PROJECT, Daemon, free_port, program, running

DEPLOY = PROJECT / "deploy"
NAME = "dashboard.example.com"
PATIENCE = 60  # seconds; longer than any limit of the configurations
AS_ROOT = "user root;" if os.geteuid() == 0 else ""  # nobody else may enter the folders of root
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


def certificate(folder: Path) -> None:
    """Write a certificate for NAME, its key, and both in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for file, content in {"crt": made, "key": secret, "pem": made + secret}.items():
        (folder / f"dashboard.{file}").write_bytes(content)


def substituted(file: str, replacements: dict[str, str]) -> str:
    """Return a configuration in which these patterns are replaced. Raises ValueError if one does not occur."""
    text = (DEPLOY / file).read_text()
    for pattern, replacement in replacements.items():
        text, found = re.subn(pattern, replacement, text)
        if not found:
            raise ValueError(f"{file} has no {pattern}")
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
    """Run a proxy in front of these ports. `limit` is how long it waits for an answer.

    Raises ValueError for a configuration that the proxy refuses, or warns of.
    """
    program(kind)
    certificate(folder)
    proxy = Proxy(free_port(), free_port(), folder)
    command = PROXIES[kind](folder, proxy.port, proxy.plain_port, upstreams, limit)
    checked = subprocess.run([*command, CHECKS[kind]], capture_output=True, text=True, check=False, timeout=PATIENCE)
    if checked.returncode or "warn" in checked.stderr.lower():
        raise ValueError(checked.stderr)
    with running(Daemon(command, proxy.port, folder / "log", identity={}, stopping=SIGTERM)):
        yield proxy
