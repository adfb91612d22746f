"""READ_DATABASE_URL: what it needs, and the database that it becomes."""

import pytest
from environs import EnvError

from dashboard_project.databases import read_database
from tests.dashboard_project.environment import POSTGRESQL, Load

STANDBY = "postgresql://reader:password@standby.example.com/dashboard"
REDIS = "redis://localhost:6379/0"
SECRET = "a secret, of some length"


def test_standby_is_a_second_database(load: Load) -> None:
    settings = load(DATABASE_URL=POSTGRESQL, READ_DATABASE_URL=STANDBY, REDIS_URL=REDIS, SECRET_KEY=SECRET)
    databases = settings["DATABASES"]
    assert {name: it["HOST"] for name, it in databases.items()} == {
        "default": "db.example.com",
        "replica": "standby.example.com",
    }
    assert settings["DATABASE_ROUTERS"] == ["dashboard.db.routers.ReadRouter"]


def test_without_it_there_is_one_database_and_no_router(load: Load) -> None:
    settings = load(DATABASE_URL=POSTGRESQL, REDIS_URL=REDIS, SECRET_KEY=SECRET)
    assert list(settings["DATABASES"]) == ["default"]
    assert settings["DATABASE_ROUTERS"] == []


@pytest.mark.parametrize("seconds", ["soon", "0", "-1"])
def test_time_to_connect_is_a_number(load: Load, seconds: str) -> None:
    with pytest.raises(EnvError, match=r"READ_DATABASE_URL.*connect_timeout is a number of seconds"):
        load(
            DATABASE_URL=POSTGRESQL,
            READ_DATABASE_URL=f"{STANDBY}?connect_timeout={seconds}",
            REDIS_URL=REDIS,
            SECRET_KEY=SECRET,
        )


@pytest.mark.parametrize(
    ("environment", "needs"),
    [
        ({"DATABASE_URL": "sqlite:////tmp/dashboard.sqlite3", "REDIS_URL": REDIS}, "DATABASE_URL of PostgreSQL"),
        ({"DATABASE_URL": POSTGRESQL}, "REDIS_URL"),
    ],
)
def test_refused_in_one_line(load: Load, environment: dict[str, str], needs: str) -> None:
    with pytest.raises(EnvError, match=f"READ_DATABASE_URL needs.*{needs}") as error:
        load(**environment, READ_DATABASE_URL=STANDBY, SECRET_KEY=SECRET)
    assert "\n" not in str(error.value)


def test_nothing_is_written_there_and_nobody_waits_long() -> None:
    options = read_database(STANDBY)["OPTIONS"]
    assert "default_transaction_read_only=on" in options["options"]
    assert "statement_timeout" in options["options"]
    assert options["connect_timeout"] == 2
    assert read_database(f"{STANDBY}?connect_timeout=1")["OPTIONS"]["connect_timeout"] == 1


def test_through_a_pooler() -> None:
    assert "options" not in read_database(f"{STANDBY}?pooling=transaction")["OPTIONS"]


def test_tests_have_no_second_database() -> None:
    assert read_database(STANDBY)["TEST"] == {"MIRROR": "default"}
