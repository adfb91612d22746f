"""Build the requests of each case from the rows in the database."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import orjson

from benchmarks.load import Load, Request
from benchmarks.servers import Servers

SIGN_IN_CLIENTS = 8
PAGES = 50


@dataclass(frozen=True)
class Cases:
    """The load of each case: the two references, and routes of Dashboard."""

    constant: Load
    mget: Load
    own_session: Load
    check: Load
    anothers_session: Load
    page_of_sessions: Load
    create_reset_code: Load
    reset_session_key: Load
    sign_in: Load
    few_sign_in: Load


def seed(servers: Servers, *what: str) -> Any:
    """Run benchmarks/seed.py in Dashboard's environment, and return what it prints about the rows."""
    command = [sys.executable, "-m", "benchmarks.seed", *what]
    said = subprocess.run(command, env=servers.environment, stdout=subprocess.PIPE, check=False)
    if said.returncode:
        sys.exit(said.returncode)
    return orjson.loads(said.stdout or b"null")


def cases(servers: Servers, rows: Any) -> Cases:
    administrator, user = _by(servers, "administrator", rows["administrator"]), _by(servers, "user", "")
    sessions, accountids = rows["sessions"], rows["accountids"]
    sign_ins = [user("POST", "create-session", form=form) for form in rows["forms"]]
    return Cases(
        constant=Load([Request("GET", f"{servers.references}/constant")]),
        mget=Load([Request("GET", f"{servers.references}/mget")]),
        own_session=Load([user("GET", f"session?sessionid={it['sessionid']}", it["cookie"]) for it in sessions]),
        check=Load([Request("GET", f"{servers.dashboard}/check", it["cookie"]) for it in sessions]),
        anothers_session=Load([administrator("GET", f"session?sessionid={it['sessionid']}") for it in sessions]),
        page_of_sessions=Load([administrator("GET", f"sessions?offset={offset}") for offset in range(PAGES)]),
        create_reset_code=Load(
            [
                administrator("POST", f"create-reset-code?accountid={it}", form="secret-code=Kx82mQz71pLw")
                for it in accountids
            ]
        ),
        reset_session_key=Load([administrator("PATCH", f"reset-session-key?accountid={it}") for it in accountids]),
        sign_in=Load(sign_ins),
        few_sign_in=Load(sign_ins, SIGN_IN_CLIENTS),
    )


def _by(servers: Servers, prefix: str, whose: str) -> Any:
    def request(method: str, route: str, cookie: str = whose, form: str = "") -> Request:
        return Request(method, f"{servers.dashboard}/{prefix}/{route}", cookie, form)

    return request
