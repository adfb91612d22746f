"""`make bench-peers`: Dashboard beside other account services, on the same machine. See docs/performance.md."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks import report
from benchmarks.cases import seed
from benchmarks.peers.comparison import Comparison, Length, Row, caller, table
from benchmarks.peers.installation import UnavailableError
from benchmarks.peers.node_services import BetterAuth, BetterAuthCookieCache, NodeDashboard
from benchmarks.peers.python_services import Allauth, FastapiUsers, Knox
from benchmarks.peers.service import Dashboard, Peer
from benchmarks.processes import HOST, Program, running
from benchmarks.servers import Servers, backing_services, needed
from benchmarks.servers import dashboard as dashboard_program
from throwaway.programs import free_port

FULL = Length(rounds=5, seconds=1, warm_up=1, endings=20, warm_up_endings=5)
QUICK = Length(rounds=1, seconds=1, warm_up=1, endings=2, warm_up_endings=1)
PEERS: dict[str, type[Peer]] = {
    "knox": Knox,
    "allauth": Allauth,
    "fastapi-users": FastapiUsers,
    "better-auth": BetterAuth,
    "better-auth-cookie-cache": BetterAuthCookieCache,
    "node-dashboard": NodeDashboard,
}


def main() -> None:
    options = _options()
    needed("wrk", "wrk")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # SystemExit runs the clean-up
    with backing_services() as services, TemporaryDirectory(prefix="dashboard-peers-") as name:
        environment = services.environment
        environment["BCRYPT_WORKLOAD_FACTOR"] = "12"  # the default, because the peers use their defaults, too
        people = seed(services, "few")
        with running(dashboard_program(int(environment["PORT"]), environment), Path(name)):
            dashboard = Dashboard(f"http://{HOST}:{environment['PORT']}/api", people)
            rows: list[Row] = []
            for peer in options.peers:
                rows += _compared(PEERS[peer], dashboard, services, options.length)
                sys.stdout.write(f"{table(rows)}\n\n")  # so that a run that is stopped has shown its results
                sys.stdout.flush()
    if options.write:
        report.write(table(rows), report.PEERS)


def _compared(kind: type[Peer], dashboard: Dashboard, services: Servers, length: Length) -> list[Row]:
    """Start a peer with its own database, and measure it. If it is unavailable, say why."""
    port = free_port()
    peer = kind(f"http://{HOST}:{port}")
    sys.stderr.write(f"{peer.name}\n")
    environment = {**services.environment, "PORT": str(port), "DATABASE_URL": _new_database(services, f"peer{port}")}
    environment |= {"REDIS_URL": services.environment["REDIS_URL"].removesuffix("0") + "1", "NODE_ENV": "production"}
    environment |= peer.settings(environment)
    try:
        _prepare(peer.prepare(), environment, peer.directory)
        program = Program("peer", peer.serve(), port, environment, directory=peer.directory)
    except UnavailableError as error:
        sys.stderr.write(f"  left out: {error}\n")
        return []
    with TemporaryDirectory(prefix="dashboard-peer-") as folder, running(program, Path(folder)), caller() as call:
        return Comparison(peer, dashboard, call, length).rows()


def _prepare(command: list[str], environment: dict[str, str], directory: Path | None) -> None:
    done = subprocess.run(command, env=environment, cwd=directory, check=False, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"A peer could not be prepared.\n{done.stdout}{done.stderr}")


def _new_database(services: Servers, name: str) -> str:
    url = services.environment["DATABASE_URL"]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-peers", description=__doc__)
    parser.add_argument("--quick", dest="length", action="store_const", const=QUICK, default=FULL, help="rough figures")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), help="compare only with these")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped")
