"""Settings in files: `.env`, files that NAME_FILE names, and `.env.example`, which lists every setting."""

import re
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from environs import EnvError

from dashboard_project.sources import SettingsEnv

PROJECT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = dict(re.findall(r"^#([A-Z_]+)=(.*)$", (PROJECT / ".env.example").read_text(), re.MULTILINE))
CONFIGURATION = (PROJECT / "docs" / "configuration.md").read_text()
ELSEWHERE = {"ENV_FILE"}  # documented, but no setting: it names the file of settings
SECRETS = {
    "SECRET_KEY": ("a secret", "a secret"),
    "DASHBOARD_SESSION_KEY": ("new,old", ["new", "old"]),
    "DASHBOARD_ENCRYPTION_KEY": ("new,node:none", ["new", "node:none"]),
    "IDENTITY_KEYS": ("new,old", ["new", "old"]),
    "APPLICATION_SERVER_TOKEN": ("a token", "a token"),
    "PROMETHEUS_TOKEN": ("a token", "a token"),
    "DATABASE_URL": ("postgresql://u:p@localhost/x", "postgresql://u:p@localhost/x"),
    "REDIS_URL": ("redis://:password@localhost:6379/0", "redis://:password@localhost:6379/0"),
}

Load = Callable[..., dict[str, Any]]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Read the settings afresh, from these variables and a `.env` file with this text."""
    for name in (*EXAMPLE, "ENV_FILE"):
        monkeypatch.delenv(name, raising=False)

    def load(text: str | None = None, **environment: str) -> dict[str, Any]:
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("ENV_FILE", "")
            patched.setenv("DATA_DIR", str(tmp_path / "data"))
            if text is not None:
                (tmp_path / "settings").write_text(text)
                patched.setenv("ENV_FILE", str(tmp_path / "settings"))
            for name, value in environment.items():
                patched.setenv(name, value)
            return runpy.run_path(str(PROJECT / "dashboard_project" / "settings.py"))

    return load


# .env.example


def test_example_and_the_documentation_list_every_setting(load: Load) -> None:
    read = set(load()["env"].dump())
    tables = "\n".join(re.findall(r"^\| ([A-Z_, ]+) \|", CONFIGURATION, re.MULTILINE))
    documented = set(re.findall(r"[A-Z_]+", tables)) - ELSEWHERE
    assert read - set(EXAMPLE) == set(), "Add these settings to .env.example."
    assert read - documented == set(), "Add these settings to docs/configuration.md."
    assert set(EXAMPLE) == documented == read


def test_example_has_the_defaults(load: Load) -> None:
    defaults = load()
    example = load("\n".join(f"{name}={value}" for name, value in EXAMPLE.items() if value))
    assert {name: example[name] for name in EXAMPLE} == {name: defaults[name] for name in EXAMPLE}


def test_settings_without_a_default_in_the_example_have_none_or_a_computed_one(load: Load, tmp_path: Path) -> None:
    defaults = load(WORKERS="3")
    computed = {
        "DATA_DIR": tmp_path / "data",
        "DATABASE_URL": f"sqlite:///{tmp_path}/data/dashboard.sqlite3",
        "WORKERS": 3,
        "FIRST_ACCOUNT_IS_OWNER": True,
        "PASSKEY_DOMAIN": "localhost",
        "SECRET_KEY": defaults["SECRET_KEY"],
        "DASHBOARD_SESSION_KEY": [defaults["SECRET_KEY"]],
        "DASHBOARD_ENCRYPTION_KEY": [defaults["SECRET_KEY"]],
        "IDENTITY_KEYS": [defaults["SECRET_KEY"]],
    }
    empty = {name: defaults[name] or None for name, value in EXAMPLE.items() if not value}
    assert empty == {name: computed.get(name) for name in empty}


# .env


def test_env_file_is_read(load: Load) -> None:
    settings = load("# a comment\n\nPORT=8001\nexport APPID='an app # of ours'\nTRUSTED_PROXIES=10.0.0.0/8\n")
    assert (settings["PORT"], settings["APPID"], len(settings["TRUSTED_PROXIES"])) == (8001, "an app # of ours", 1)


def test_environment_takes_precedence(load: Load) -> None:
    assert load("PORT=8001", PORT="8002")["PORT"] == 8002


def test_database_in_the_env_file_wants_a_secret_key(load: Load) -> None:
    with pytest.raises(EnvError, match="SECRET_KEY"):
        load("DATABASE_URL=postgresql://localhost/x")
    assert load("DATABASE_URL=postgresql://localhost/x\nSECRET_KEY=secret")["SECRET_KEY"] == "secret"


def test_bad_value_in_the_env_file_is_named(load: Load) -> None:
    with pytest.raises(EnvError, match="PORT"):
        load("PORT=http")


def test_env_file_beside_manage_py_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENV_FILE", raising=False)
    monkeypatch.delenv("PORT", raising=False)
    checkout, elsewhere = tmp_path / "checkout", tmp_path / "elsewhere"
    for folder, port in ((checkout, "1"), (elsewhere, "2")):
        folder.mkdir()
        (folder / ".env").write_text(f"PORT={port}")
    (checkout / "manage.py").touch()
    monkeypatch.chdir(elsewhere)
    assert SettingsEnv(checkout).int("PORT") == 1
    assert SettingsEnv(tmp_path / "site-packages").int("PORT") == 2
    monkeypatch.chdir(tmp_path)
    assert SettingsEnv(tmp_path / "site-packages").int("PORT", 3) == 3


def test_env_file_that_is_named_must_be_there(load: Load, tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere", tmp_path):
        with pytest.raises(EnvError, match=rf"^{path} cannot be read: name a text file in ENV_FILE\.$"):
            load(ENV_FILE=str(path))


def test_env_file_must_be_text(load: Load, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"PORT=\xff\xfe")
    with pytest.raises(EnvError, match="cannot be read: name a text file in ENV_FILE"):
        load(ENV_FILE=str(tmp_path / "binary"))


# NAME_FILE


@pytest.mark.parametrize(("name", "value", "expected"), [(name, *it) for name, it in SECRETS.items()])
def test_secret_in_a_file(load: Load, tmp_path: Path, name: str, value: str, expected: Any) -> None:
    """As containers mount them. A line break at the end is not part of it."""
    (tmp_path / "secret").write_text(f"{value}\n")
    others = {"SECRET_KEY": "another secret"} if name == "DATABASE_URL" else {}
    assert load(**others, **{f"{name}_FILE": str(tmp_path / "secret")})[name] == expected
    assert load(f"{name}_FILE={tmp_path}/secret", **others)[name] == expected


@pytest.mark.parametrize("content", [None, b"\xff\xfe"], ids=["missing", "not text"])
@pytest.mark.parametrize("name", SECRETS)
def test_file_that_cannot_be_read(load: Load, tmp_path: Path, name: str, content: bytes | None) -> None:
    path = tmp_path / "secret"
    if content:
        path.write_bytes(content)
    with pytest.raises(EnvError, match=rf"^{name}_FILE names {path}, which cannot be read as text\.$"):
        load(**{f"{name}_FILE": str(path)})


def test_empty_file(load: Load, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("\n")
    with pytest.raises(EnvError, match="SECRET_KEY"):
        load(SECRET_KEY_FILE=str(tmp_path / "secret"))


def test_value_that_is_given_twice(load: Load, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a secret")
    for text in (None, "SECRET_KEY=another"):
        environment = {} if text else {"SECRET_KEY": "another"}
        with pytest.raises(EnvError, match=r"^SECRET_KEY and SECRET_KEY_FILE are both set: remove one of them\.$"):
            load(text, SECRET_KEY_FILE=str(tmp_path / "secret"), **environment)
