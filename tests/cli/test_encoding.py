"""Output on terminals that cannot express every character."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from dashboard.cli.encoding import portable_json, prepare_output

NAME = "Žofie Ünal 李 🙂"
PROGRAM = r"""
import json, sys
from pathlib import Path
from dashboard_project.__main__ import main

statuses = {}

def run(*arguments):
    sys.argv = ["manage.py", *arguments]
    try:
        main()
        statuses[arguments[0]] = 0
    except SystemExit as ended:
        statuses[arguments[0]] = ended.code

run("migrate")
from accounts.services import profiles, registration
from dashboard.core.actor import Actor
account = registration.create_account("a username", "a password", {}, Actor.command_line())
profile = {"full-name": sys.argv_name, "contact-email": "somebody@example.com"}
profiles.create_profile(account.accountid, profile, Actor.command_line(), default=True)
run("help")
run("help", "import_node_dashboard")
run("doctor")
run("doctor", "--json")
run("show_account", "somebody@example.com")
run("show_account", account.accountid, "--json")
run("show_account", "Nob\u00f3dy \u674e")
run("export_account", account.accountid)
run("seed_demo", "--add", "--accounts", "20", "--username", "somebody-\u00e9-\u674e")
run("purge_deleted_accounts", "--dry-run")
run("end_sessions", "--all", "--yes")
run("import_node_dashboard", "nonsense:\u2026\udcff", "--appid", "\u00e9", "--yes")
Path("statuses").write_text(json.dumps(statuses))
""".replace("sys.argv_name", repr(NAME))


def test_substitutes(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, expected in (
        ("ascii", "+ x -> ... Zofie Unal ? ? ?\n"),
        ("latin-1", "+ x -> ... Zofie Ünal ? ? ?\n"),
        ("utf-8", f"✓ ✗ → … {NAME} ?\n"),
    ):
        raw = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding=encoding, newline="\n"))
        prepare_output()
        print(f"✓ ✗ → … {NAME} \udcff", flush=True)  # noqa: T201
        assert raw.getvalue().decode(encoding) == expected


def test_closed_output_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    prepare_output()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_json_keeps_every_character(encoding: str) -> None:
    text = portable_json(json.dumps({"name": NAME}, ensure_ascii=False), io.TextIOWrapper(io.BytesIO(), encoding))
    assert json.loads(text.encode("ascii")) == {"name": NAME}


def test_json_in_utf_8_is_left_alone() -> None:
    assert portable_json(NAME, io.TextIOWrapper(io.BytesIO(), "UTF8")) == NAME
    assert portable_json(NAME, io.StringIO()) == NAME


@pytest.mark.process
@pytest.mark.parametrize(
    "encoding", ["ascii", *(pytest.param(it, marks=pytest.mark.exhaustive) for it in ("latin-1", "utf-8"))]
)
def test_no_command_ends_in_a_traceback(tmp_path: Path, encoding: str) -> None:
    """One process runs a command after the other, as starting one takes longer than most commands."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(settings.BASE_DIR),
        "PYTHONIOENCODING": encoding,
        "DJANGO_SETTINGS_MODULE": "dashboard_project.settings",
        "ENV_FILE": "",
        "DATA_DIR": str(tmp_path / "data"),
        "BCRYPT_WORKLOAD_FACTOR": "4",
    }
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, env=environment, capture_output=True, timeout=300, check=False
    )
    said, complained = ended.stdout.decode(encoding), ended.stderr.decode(encoding)
    assert ended.returncode == 0, complained
    assert "Traceback" not in complained
    assert json.loads((tmp_path / "statuses").read_text()) == {
        **dict.fromkeys(
            ("migrate", "help", "export_account", "seed_demo", "purge_deleted_accounts", "end_sessions"), 0
        ),
        "doctor": 1,  # a made-up deployment has problems
        "show_account": 1,  # nobody has this name, which the complaint repeats
        "import_node_dashboard": 1,
    }
    documents = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    _, overview, export = documents  # the first is the doctor's
    assert overview["accounts"][0]["profiles"][0]["fullName"] == NAME
    assert export["profiles"][0]["fullName"] == NAME
