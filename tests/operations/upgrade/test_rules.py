"""Migrations under which the previous release cannot go on serving are refused."""

from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently as DjangosConcurrently
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState

from dashboard.db.migrations import AddConstraintNotValid, AddIndexConcurrently, CascadeInDatabase, ValidateConstraint
from operations.upgrade.rules import objections
from operations.upgrade.steps import steps
from scripts.migrations import refusals, split
from scripts.previous_release import PreviousRelease, previous_release

INDEX = models.Index(fields=["name"], name="by_name")
CHECK = models.CheckConstraint(condition=models.Q(number__gte=0), name="not_negative")
KEY = ("id", models.BigAutoField(primary_key=True))
TABLE = migrations.CreateModel("Later", [KEY])
NULL, NUMBER = models.IntegerField(null=True), models.IntegerField(db_default=0)


def reference(**options: Any) -> Any:
    return models.ForeignKey("app.book", models.CASCADE, **options)


def add(field: Any) -> migrations.AddField:
    return migrations.AddField("book", "new", field)


def alter(field: Any, name: str = "name") -> migrations.AlterField:
    return migrations.AlterField("book", name, field)


def books() -> ProjectState:
    """The tables of the release that serves."""
    columns = [KEY, ("name", models.CharField(max_length=10)), ("number", NUMBER), ("note", NULL)]
    state = ProjectState()
    state.add_model(ModelState("app", "Book", columns))
    return state


def migration(*operations: Any, **attributes: Any) -> migrations.Migration:
    made = type("Migration", (migrations.Migration,), {"operations": list(operations), **attributes})
    return made("0002_new", "app")


def reasons(*operations: Any, **attributes: Any) -> list[str]:
    return [it.reason for it in objections(steps([migration(*operations, **attributes)], books()))]


@pytest.mark.parametrize(
    "operation",
    [
        add(models.IntegerField()),
        add(models.IntegerField(default=0)),
        add(models.CharField(max_length=5, default="")),
        add(models.IntegerField(null=True, unique=True)),
        add(models.IntegerField(null=True, db_index=True)),
        add(models.GeneratedField(expression=models.F("number"), output_field=NUMBER, db_persist=True)),
        add(reference(null=True, db_index=False)),
        migrations.CreateModel("Copy", [KEY, ("book", reference(db_index=False))]),
        migrations.RemoveField("book", "note"),
        migrations.RenameField("book", "note", "remark"),
        migrations.DeleteModel("Book"),
        migrations.RenameModel("Book", "Volume"),
        migrations.AlterModelTable("Book", "volumes"),
        alter(models.TextField()),
        alter(models.CharField(max_length=5)),
        alter(models.CharField(max_length=10, unique=True)),
        alter(models.CharField(max_length=10, db_column="title")),
        alter(models.IntegerField(), "note"),
        alter(models.IntegerField(), "number"),
        migrations.AlterUniqueTogether("Book", [("name", "number")]),
        migrations.AddIndex("book", INDEX),
        DjangosConcurrently("book", INDEX),
        migrations.AddConstraint("book", CHECK),
        migrations.AddConstraint("book", models.UniqueConstraint(fields=["name"], name="one_name")),
        migrations.SeparateDatabaseAndState(database_operations=[migrations.RemoveField("book", "note")]),
    ],
    ids=lambda operation: operation.describe(),
)
def test_what_the_previous_release_cannot_live_with_is_refused(operation: Any) -> None:
    assert len(reasons(operation)) == 1


def test_an_index_is_not_built_concurrently_in_a_transaction() -> None:
    assert reasons(AddIndexConcurrently("book", INDEX)) == [
        "by_name is built concurrently, which takes atomic = False."
    ]


@pytest.mark.parametrize(
    "operations",
    [
        [add(NULL)],
        [add(NUMBER)],
        [add(reference(null=True, db_index=False, db_constraint=False))],
        [add(reference(null=True, db_index=False)), CascadeInDatabase("book", "new")],
        [migrations.CreateModel("Copy", [KEY, ("book", reference())]), CascadeInDatabase("Copy", "book")],
        [TABLE, migrations.CreateModel("Part", [KEY, ("of", models.ForeignKey("app.Later", models.CASCADE))])],
        [TABLE, migrations.AddIndex("later", INDEX)],
        [TABLE, migrations.AddField("later", "number", models.IntegerField(default=0))],
        [TABLE, migrations.RenameModel("Later", "Latest")],
        [TABLE, migrations.DeleteModel("Later")],
        [alter(models.CharField(max_length=20))],
        [alter(models.CharField(max_length=10, null=True, help_text="New.", db_default=""))],
        [AddConstraintNotValid("book", CHECK), ValidateConstraint("book", "not_negative")],
        [migrations.RunPython(migrations.RunPython.noop)],
        [migrations.RunSQL("SELECT 1")],
    ],
)
def test_what_only_adds_is_accepted(operations: list[Any]) -> None:
    assert not reasons(*operations)


def test_an_index_is_built_concurrently() -> None:
    assert not reasons(AddIndexConcurrently("book", INDEX), atomic=False)


@pytest.mark.parametrize("operation", [migrations.RemoveField("book", "note"), migrations.DeleteModel("Book")])
def test_what_no_release_uses_any_more_is_taken_away(operation: Any) -> None:
    assert not reasons(operation, unused_since="1.0.0")


@pytest.mark.parametrize(("since", "number"), [("1.9.0", 0), ("1.10.0", 0), ("1.10.1", 1), ("2.0.0", 1)])
def test_what_the_previous_release_uses_stays(since: str, number: int) -> None:
    later = [migration(migrations.RemoveField("book", "note"), unused_since=since)]
    assert len(list(refusals(books(), later, PreviousRelease("1.10.0", "", {})))) == number


def test_migrations_of_this_release_are_accepted() -> None:
    release = previous_release()
    assert list(refusals(*split(MigrationLoader(None), release), release)) == []


def test_migrations_since_the_previous_release_are_looked_at() -> None:
    state, later = split(MigrationLoader(None), previous_release())
    names = {(it.app_label, it.name) for it in later}
    assert ("accounts", "0013_session_key_revocations") in names
    assert ("accounts", "0004_profile_search") not in names
    assert {app for app, _ in names}.isdisjoint({"auth", "admin", "contenttypes"})
    assert ("accounts", "account") in state.models
