"""docs/applications.md, followed word for word in an empty folder: only ports and the environment are others."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from django.conf import settings

from benchmarks.processes import HOST, Program, running
from tests.gateway.serving import Server, serving
from throwaway.programs import free_port

pytestmark = [pytest.mark.process, pytest.mark.infrastructure]

PROJECT = Path(settings.BASE_DIR)
PAGE = (PROJECT / "docs/applications.md").read_text()
PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin"
SECTIONS = {"Middleware": "3000", "A proxy that asks": "8080", "Plain HTTP": "3000"}
PERSON = {"username": "ada-example", "password": "a-password-of-hers"}
STRANGERS = {"Accept": "text/html"}


@dataclass(frozen=True)
class Followed:
    """An application that was made as the page says: its address, and whether a page of its own signs in."""

    address: str
    posts_to: str

    def browser(self) -> httpx.Client:
        return httpx.Client(base_url=self.address, headers=STRANGERS, timeout=60)


def section(title: str) -> str:
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def files(title: str) -> dict[str, str]:
    return dict(
        re.findall(r"^`([\w.-]+)`[^\n]*(?:\n[^\n`]+)?\n\n```\w+\n(.*?)^```$", section(title), re.MULTILINE | re.DOTALL)
    )


def commands(title: str) -> list[str]:
    """Return the commands of the last block of a section, which start everything."""
    return re.findall(r"^```sh\n(.*?)^```$", section(title), re.MULTILINE | re.DOTALL)[-1].splitlines()


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("dashboard")) as server:
        (line,) = re.findall(r"^curl .*create-account$", PAGE, re.MULTILINE)
        done = subprocess.run(
            line.replace("localhost:8000", f"{HOST}:{server.port}"),
            shell=True,
            check=True,
            capture_output=True,
            text=True,
        )
        assert '"object":"account"' in done.stdout
        yield server


@pytest.fixture(scope="module", params=SECTIONS)
def followed(
    request: pytest.FixtureRequest, dashboard: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Followed]:
    title, folder = request.param, tmp_path_factory.mktemp("folder")
    ports = {"8000": str(dashboard.port), "3000": str(free_port()), "8080": str(free_port())}

    def here(text: str) -> str:
        return re.sub(r"\b(8000|3000|8080)\b", lambda match: ports[match[1]], text).replace("localhost", HOST)

    for name, text in files(title).items():
        (folder / name).write_text(here(text))
    environment = {"PATH": PATH, "PYTHONPATH": str(PROJECT / "clients/python/src")}
    with ExitStack() as stack:
        for number, line in enumerate(map(here, commands(title))):
            program = line.removesuffix("&").replace(".venv/bin/", "").split()
            if shutil.which(program[0], path=PATH) is None:
                pytest.skip(f"needs {program[0]}")
            if program[0] == "nginx":
                program += ["-g", "daemon off; master_process off;"]
            port = int(ports["8080" if program[0] == "nginx" else "3000"])
            stack.enter_context(
                running(Program(f"program-{number}", program, port, environment, directory=folder), folder)
            )
        is_proxy = title == "A proxy that asks"
        yield Followed(
            f"http://{HOST}:{ports[SECTIONS[title]]}", "/api/user/create-session" if is_proxy else "/sign-in"
        )


def test_page_names_every_file_and_command() -> None:
    assert [len(files(title)) for title in SECTIONS] == [1, 3, 1]
    assert [len(commands(title)) for title in SECTIONS] == [1, 2, 1]


def test_stranger_is_led_to_the_page_to_sign_in(followed: Followed) -> None:
    with followed.browser() as browser:
        answer = browser.get("/")
        assert answer.status_code == 302
        page = browser.get(answer.headers["Location"])
        assert (page.status_code, page.headers["Content-Type"].partition(";")[0]) == (200, "text/html")
        assert '<input name="username">' in page.text


def test_person_signs_in_and_is_known(followed: Followed) -> None:
    with followed.browser() as browser:
        assert browser.post(followed.posts_to, data=PERSON).status_code in (200, 303)
        page = browser.get("/")
        assert re.fullmatch(r"You are acct_[0-9a-f]{16}", page.text)
        assert browser.get("/").text == page.text


def test_wrong_password_and_ended_session_are_refused(followed: Followed, dashboard: Server) -> None:
    with followed.browser() as browser:
        wrong = browser.post(followed.posts_to, data=PERSON | {"password": "a wrong password"})
        assert (wrong.status_code, "The password is wrong." in wrong.text) == (401, True)
        browser.post(followed.posts_to, data=PERSON)
        bearer = f"Bearer {browser.cookies['sessionid']}.{browser.cookies['token']}"
        address = f"http://{HOST}:{dashboard.port}/api/user/set-session-ended?sessionid={browser.cookies['sessionid']}"
        assert httpx.patch(address, headers={"Authorization": bearer}).status_code == 200
        assert browser.get("/").status_code == 302


def test_form_of_another_site_is_refused(followed: Followed) -> None:
    with followed.browser() as browser:
        answer = browser.post(followed.posts_to, data=PERSON, headers={"Origin": "https://evil.test"})
        assert answer.status_code == 403 or not browser.cookies
