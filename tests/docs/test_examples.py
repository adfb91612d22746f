"""The programs that the README and the guides show: they stand in the pages as they are run here, on a real server."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from pytest_django.live_server_helper import LiveServer

from accounts.models import Account
from accounts.services import registration
from dashboard.core.actor import Actor
from tests.factories import PASSWORD, AccountFactory

PROJECT = Path(project.BASE_DIR)
GUIDE = (PROJECT / "docs/guide.md").read_text()
EXAMPLES = PROJECT / "docs/examples"
SNIPPETS = {"python": ("guide.py",), "javascript": ("guide.mjs", "page.html")}
PROGRAMS = [[sys.executable, str(EXAMPLES / "guide.py")], ["node", str(EXAMPLES / "guide.mjs")]]
APPLICATION = {"APPLICATION_SERVER": "https://app.example.com", "APPLICATION_SERVER_TOKEN": "a token of the tests"}
NOWHERE = "http://127.0.0.1:9"  # the port of a service that nobody runs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.process]
each_program = pytest.mark.parametrize(
    "program",
    [
        pytest.param(PROGRAMS[0], id="python"),
        pytest.param(PROGRAMS[1], id="javascript", marks=pytest.mark.exhaustive),
    ],
)


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def run(*command: str, check: bool = True, **environment: str) -> subprocess.CompletedProcess[str]:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    ended = subprocess.run(
        command,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert not check or (ended.returncode, ended.stderr) == (0, "")
    return ended


def story(output: str) -> list[str]:
    """Return the lines of an output without what differs from run to run, and from language to language."""
    output = re.sub(r"\b(acct|sess|code)_[0-9a-f]{16}\b", r"\1_…", output)
    output = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "…", output)
    output = output.replace("[ ", "[").replace(" ]", "]").replace("true", "True").replace("false", "False")
    return [line.strip() for line in output.strip().splitlines()]


@pytest.mark.parametrize("language", SNIPPETS)
def test_snippets_of_the_guide_stand_in_the_programs(language: str) -> None:
    programs = "\n".join((EXAMPLES / name).read_text() for name in SNIPPETS[language])
    snippets = blocks(GUIDE, language)
    assert len(snippets) > 10
    for snippet in snippets:
        assert snippet in programs


@each_program
def test_guide_tells_its_story_again_and_again(live_server: LiveServer, settings: Any, program: list[str]) -> None:
    """Also on a server that the first run has used."""
    settings.APPLICATION_SERVER = APPLICATION["APPLICATION_SERVER"]
    settings.APPLICATION_SERVER_TOKEN = APPLICATION["APPLICATION_SERVER_TOKEN"]
    expected = story(GUIDE.partition("## Output")[2].partition(":\n\n")[2])
    assert len(expected) == 20
    for _ in range(2):
        assert story(run(*program, live_server.url, **APPLICATION).stdout) == expected


@each_program
def test_guide_needs_an_administrator(live_server: LiveServer, program: list[str]) -> None:
    AccountFactory(username="somebody else", owner=True)
    for _ in range(2):
        ended = run(*program, live_server.url, check=False)
        assert (ended.returncode, ended.stdout) == (1, "")
        assert re.fullmatch(r"administrator with this password is not .* ADMINISTRATOR_PASSWORD .*\n", ended.stderr)
    assert not Account.objects.filter(owner_since=None, deleted_at=None).exists()


@each_program
@pytest.mark.parametrize("is_closed", [False, True], ids=["open", "registration-disabled"])
def test_guide_with_another_administrator(
    live_server: LiveServer, settings: Any, program: list[str], is_closed: bool
) -> None:
    AccountFactory(username="somebody else", owner=True)
    settings.DISABLE_REGISTRATION = is_closed
    given = {"ADMINISTRATOR_USERNAME": "somebody else", "ADMINISTRATOR_PASSWORD": PASSWORD}
    ended = run(*program, live_server.url, check=False, **given)
    if is_closed:
        assert ended.returncode == 1
        assert re.fullmatch(r"Stopped: 403 registration-disabled: .*\n", ended.stderr)
    else:
        assert (ended.returncode, ended.stderr) == (0, "")


@each_program
def test_guide_without_a_server(program: list[str]) -> None:
    ended = run(*program, NOWHERE, check=False)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"No Dashboard responds at {NOWHERE}/api. Start one with make run, or name its address.\n"


def test_getting_started_says_what_it_needs_and_runs(live_server: LiveServer) -> None:
    (snippet,) = blocks((PROJECT / "docs/getting-started.md").read_text(), "python")
    program = snippet.replace("http://localhost:8000", live_server.url)
    ended = run(sys.executable, "-c", program, check=False)
    assert (ended.returncode, ended.stderr) == (
        1,
        "No account has this username. Name an account of your server, or create this one as the README does.\n",
    )
    account = registration.create_account("administrator", "change-this", {}, Actor.command_line())
    assert run(sys.executable, "-c", program).stdout.startswith(f"{account.accountid} last signed in at 2")


def test_readmes_transcript_runs_again_and_again(live_server: LiveServer, tmp_path: Path) -> None:
    (transcript,) = blocks((PROJECT / "README.md").read_text(), "console")
    commands = re.findall(r"^\$ (.*)$", transcript, re.MULTILINE)
    assert commands[0] == "api=http://localhost:8000/api"
    script = "\n".join([f"cd {tmp_path}; api={live_server.url}/api", *(f"{line}; echo" for line in commands[1:])])
    first, again = (run("bash", "-c", script, check=False).stdout.splitlines() for _ in range(2))
    assert [re.findall(r'"(?:ended|owner)":true|Sign|duplicate', line) for line in first if "{" in line] == [
        ['"owner":true'],
        [],
        [],
        ['"ended":true'],
        ["Sign"],
    ]
    assert "duplicate-username" in again[0]
    assert again[-1] == first[-1] == '{"object":"auth","message":"Sign in required"}'
