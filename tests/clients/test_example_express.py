"""examples/express: people register, come back and leave, while server and application stop and start again."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pyotp
import pytest
from django.conf import settings

from benchmarks.processes import HOST, Program, running
from tests.clients.browsers import Browser
from tests.clients.npm import environment_of
from tests.gateway.serving import LIMITS, eventually
from throwaway.programs import free_port

EXAMPLE = Path(settings.BASE_DIR) / "examples" / "express" / "application.mjs"
MANAGE = [sys.executable, str(Path(settings.BASE_DIR) / "manage.py")]
PERSON = {"username": "ada-example", "password": "a password of hers"}
OWNER = {"username": "the-owner", "password": "a long enough password"}
CODE = re.compile(r"To ada-example: your code is ([\w-]+)")

pytestmark = [
    pytest.mark.clients,
    pytest.mark.process,
    pytest.mark.xdist_group("clients"),
    pytest.mark.timeout(1800),  # the registry may be slow
]


class Deployment:
    """The example before a server, each of which can be stopped and started again."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.folder, self.port, self.server_port = folder, free_port(), free_port()
        self.server_environment = environment_of(place, self.server_port, self.server_port) | LIMITS
        self.server_environment |= {"DATA_DIR": str(folder), "HOST": HOST, "WORKERS": "1"}
        for name in ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"):
            self.server_environment.pop(name, None)
        subprocess.run([*MANAGE, "migrate", "-v0"], env=self.server_environment, check=True)
        shutil.copy(EXAMPLE, place)
        self.command = ["env", f"--chdir={place}", "node", EXAMPLE.name]
        self.environment = environment_of(place, self.port, self.server_port)
        self.environment |= {"CREDENTIAL": self.credential()}

    def credential(self) -> str:
        """Create the service credential of the example."""
        scopes = ("--scope", "act-for-users", "--scope", "create-reset-codes")
        command = [*MANAGE, "create_credential", "Example", *scopes]
        created = subprocess.run(command, env=self.server_environment, check=True, capture_output=True, text=True)
        found = re.search(r"dsk_\S+", created.stdout)
        assert found
        return found[0]

    @contextmanager
    def server(self) -> Iterator[None]:
        with running(Program("server", [*MANAGE, "serve"], self.server_port, self.server_environment), self.folder):
            yield

    @contextmanager
    def application(self) -> Iterator[Browser]:
        """Serve the example, and yield a browser that shows it."""
        with running(Program("application", self.command, self.port, self.environment), self.folder):
            yield Browser(self.port)

    def code(self) -> str:
        """Return the reset code that was sent last."""
        log = self.folder / "application.log"
        eventually(lambda: CODE.search(log.read_text()) is not None)
        return CODE.findall(log.read_text())[-1]


@pytest.fixture
def deployment(tmp_path: Path, place: Path) -> Deployment:
    it = Deployment(tmp_path, place)
    with it.server():  # the first account is the owner's, which gets no codes
        assert Browser(it.server_port).post("/api/user/create-account", OWNER).status == 200
    return it


def register(browser: Browser) -> str:
    """Register, and return the accountid that the page for members shows."""
    answer = browser.submit("/register", **PERSON)
    assert (answer.status, answer.headers["Location"]) == (303, "/members"), answer.body
    found = re.search(r"acct_[0-9a-f]{16}", browser.get("/members").body)
    assert found
    return found[0]


def test_members_come_in_and_stay_in_while_the_server_restarts(deployment: Deployment) -> None:
    with ExitStack() as application:
        with deployment.server():
            browser = application.enter_context(deployment.application())
            stranger = Browser(deployment.port)
            led = stranger.get("/members", accept="text/html")
            assert (led.status, led.headers["Location"]) == (303, "/sign-in?next=%2Fmembers")
            assert stranger.get("/members").status == 401
            register(browser)
            assert stranger.submit("/register", **PERSON).status == 409
        cookies = {**browser.cookies}
        down = browser.get("/members", accept="text/html")
        assert (down.status, browser.cookies) == (503, cookies)
        assert browser.submit("/sign-out").status == 503
        assert browser.cookies == cookies
        with deployment.server():
            assert browser.get("/members").status == 200
            assert [it["ended"] for it in browser.get("/sessions").json] == [False]
            assert browser.submit("/sign-out").headers["Location"] == "/"
            assert "sessionid" not in browser.cookies
            assert Browser(deployment.port, cookies).get("/members").status == 401
            assert browser.submit("/sign-in", **PERSON | {"password": "a wrong password"}).status == 401
            back = browser.submit("/sign-in?next=%2Fsessions", **PERSON)
            assert (back.status, back.headers["Location"]) == (303, "/sessions")
            assert sorted(it["ended"] for it in browser.get("/sessions").json) == [False, True]
            elsewhere = browser.submit("/sign-in?next=%2F%2Fexample.com", **PERSON)
            assert elsewhere.headers["Location"] == "/members"


def test_forgotten_password_is_replaced(deployment: Deployment) -> None:
    with deployment.server():
        with deployment.application() as browser:
            register(browser)
        with deployment.application() as browser:  # it keeps nothing that a restart would lose
            asked, unknown = (browser.submit("/forgot", username=name) for name in (PERSON["username"], "nobody-here"))
            assert asked.body == unknown.body
            fields = {"username": PERSON["username"], "newPassword": "another password of hers"}
            assert browser.submit("/reset", **fields, secretCode="0" * 32).status == 401
            assert browser.submit("/reset", **fields, secretCode=deployment.code()).status == 303
            assert browser.submit("/sign-in", **PERSON).status == 401
            assert browser.submit("/sign-in", username=PERSON["username"], password=fields["newPassword"]).status == 303


def test_sign_in_with_a_second_factor(deployment: Deployment) -> None:
    with deployment.server(), deployment.application() as browser:
        accountid = register(browser)
        server = Browser(deployment.server_port, browser.cookies)
        path = f"/api/user/create-second-factor?accountid={accountid}"
        factor = server.post(path, {"factor-type": "totp"}).json
        body = json.dumps({"code": pyotp.TOTP(factor["secret"]).now()})
        path = f"/api/user/confirm-second-factor?factorid={factor['factorid']}"
        assert server.ask("PATCH", path, body, {"Content-Type": "application/json"}).status == 200
        codes = server.post(f"/api/user/create-recovery-codes?accountid={accountid}").json["codes"]
        again = Browser(deployment.port)
        page = again.submit("/sign-in?next=%2Fsessions", **PERSON)
        challenge = re.search(r'value="([0-9a-f]{64})"', page.body)
        assert challenge
        assert again.cookies == {}
        answer = again.submit("/sign-in?next=%2Fsessions", challenge=challenge[1], code=codes[0])
        assert (answer.status, answer.headers["Location"]) == (303, "/sessions")
        assert again.get("/members").status == 200


def test_who_leaves_is_gone(deployment: Deployment) -> None:
    with deployment.server(), deployment.application() as browser:
        register(browser)
        assert browser.submit("/delete-me", password="a wrong password").status == 401
        assert browser.get("/members").status == 200
        stolen = Browser(deployment.port, {**browser.cookies})
        assert browser.submit("/delete-me", password=PERSON["password"]).headers["Location"] == "/"
        assert "sessionid" not in browser.cookies
        assert stolen.get("/members").status == 401
        assert browser.submit("/sign-in", **PERSON).status == 403


def test_input_that_is_none_is_refused(deployment: Deployment) -> None:
    with deployment.server(), deployment.application() as browser:
        for path in ("/register", "/sign-in", "/reset"):
            assert browser.ask("POST", path, None, {}).status == 400
        assert browser.ask("POST", "/forgot", None, {}).status == 200
        assert browser.ask("POST", "/delete-me", None, {}).status == 401


def test_example_is_short() -> None:
    assert len(EXAMPLE.read_text().splitlines()) < 60
