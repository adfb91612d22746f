"""The directory of the SQLite database and of the generated secret."""

import stat
from pathlib import Path

import pytest
from environs import EnvError

from dashboard_project.sources import default_directory
from tests.dashboard_project.environment import POSTGRESQL, PROJECT, Load


def test_default_database_is_sqlite_in_the_projects_folder(load: Load) -> None:
    settings = load()
    assert settings["DATABASE_URL"] == f"sqlite:///{PROJECT}/data/dashboard.sqlite3"
    assert settings["DATABASES"]["default"]["ENGINE"] == "django.db.backends.sqlite3"
    assert settings["DATABASES"]["default"]["NAME"] == f"{PROJECT}/data/dashboard.sqlite3"


def test_default_directory_of_an_installed_dashboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert default_directory(tmp_path / "site-packages") == tmp_path


def test_data_directory_is_made_for_its_owner_alone(load: Load, tmp_path: Path) -> None:
    settings = load(DATA_DIR=str(tmp_path / "some" / "folder"))
    assert settings["DATA_DIR"] == tmp_path / "some" / "folder"
    assert settings["DATABASES"]["default"]["NAME"] == f"{tmp_path}/some/folder/dashboard.sqlite3"
    assert stat.S_IMODE(settings["DATA_DIR"].stat().st_mode) == 0o700


def test_data_directory_is_relative_to_the_working_directory(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load(DATA_DIR="folder")["DATA_DIR"] == tmp_path / "folder"


def test_path_of_the_data_directory_is_no_part_of_a_url(load: Load, tmp_path: Path) -> None:
    settings = load(DATA_DIR=str(tmp_path / "100% sure? #1"))
    assert settings["DATABASES"]["default"]["NAME"] == f"{tmp_path}/100% sure? #1/dashboard.sqlite3"


def test_data_directory_is_not_made_where_nothing_is_kept_in_it(load: Load, tmp_path: Path) -> None:
    load(DATA_DIR=str(tmp_path / "data"), DATABASE_URL=POSTGRESQL)
    assert not (tmp_path / "data").exists()


def test_a_data_directory_that_cannot_be_made(load: Load, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EnvError, match=rf"^{tmp_path}/file/data cannot be made: .*DATA_DIR\.$"):
        load(DATA_DIR=str(tmp_path / "file" / "data"))
