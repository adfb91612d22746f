"""What a migration may do while the previous release serves: docs/contributing.md, "Migrations", explains each rule.

A migration that removes something that an older release used has the attribute `unused_since`: the version of the first
release that does not use it. Other migrations only add, in a way that does not affect the statements of the previous
release.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import migrations, models
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

from dashboard.db.migrations import AddConstraintNotValid, AddIndexConcurrently, CascadeInDatabase
from operations.upgrade.steps import Step

CONTRACTIONS = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
# Attributes of a field that are not in the database, or that the previous release does not notice if they change.
HARMLESS = {*models.Field.non_db_attrs, "default"} - {"db_column"}


@dataclass(frozen=True)
class Objection:
    """Why the previous release cannot serve during and after a migration."""

    migration: migrations.Migration
    reason: str

    def __str__(self) -> str:
        return f"{self.migration.app_label}.{self.migration.name}: {self.reason}"


def unused_since(migration: migrations.Migration) -> str:
    """Return the first release that does not use what a migration removes, or "" if it removes nothing."""
    return getattr(migration, "unused_since", "")


def objections(steps: Iterable[Step]) -> Iterator[Objection]:
    """Yield the objections to these operations, of migrations that are applied together."""
    taken = list(steps)
    for step in taken:
        for reason in _reasons(step, taken):
            yield Objection(step.migration, reason)


def _reasons(step: Step, taken: list[Step]) -> Iterator[str]:
    operation = step.operation
    if (changed := _changed(operation)) and _is_new(step, changed, taken):
        return
    if isinstance(operation, CONTRACTIONS):
        yield from _contraction(step)
    elif isinstance(operation, migrations.AddField):
        yield from _new_column(operation.model_name, operation.name, operation.field)
        yield from _foreign_keys(step, operation.model_name, [(operation.name, operation.field)], taken)
    elif isinstance(operation, migrations.AlterField):
        yield from _changed_column(step, operation)
    elif isinstance(operation, migrations.CreateModel):
        yield from _foreign_keys(step, operation.name, operation.fields, taken)
    elif isinstance(operation, migrations.AddIndex):
        yield from _index(step, operation)
    elif isinstance(operation, migrations.AddConstraint):
        yield from _constraint(step, operation)
    elif isinstance(operation, (migrations.AlterUniqueTogether, migrations.AlterIndexTogether)):
        yield f"{operation.name} gets an index with a lock that keeps writers out: declare it as an index."


def _contraction(step: Step) -> Iterator[str]:
    if not unused_since(step.migration):
        yield f"{step.operation.describe()}: the migration has no unused_since, the release that does without it."


def _new_column(model: str, name: str, field: Any) -> Iterator[str]:
    column = f"{model}.{name}"
    if not (field.null or field.many_to_many or field.generated) and field.db_default is NOT_PROVIDED:
        yield f"{column} is NOT NULL without a db_default: the previous release cannot insert rows."
    if field.generated:
        yield f"{column} is generated, so that PostgreSQL rewrites the table."
    if field.unique or field.db_index:
        yield f"{column} gets an index with a lock that keeps writers out: add it by AddIndexConcurrently."


def _changed_column(step: Step, operation: migrations.AlterField) -> Iterator[str]:
    if unused_since(step.migration):
        return
    before = _database_attributes(step.model(operation.model_name).fields[operation.name])
    after = _database_attributes(operation.field)
    changed = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
    if "db_default" in after:
        changed -= {"db_default"}
    if after.get("null"):
        changed -= {"null"}
    if (after.get("max_length") or 0) > (before.get("max_length") or 0):
        changed -= {"max_length"}
    if changed:
        yield f"{operation.model_name}.{operation.name} changes its {', '.join(sorted(changed))}: add a column instead."


def _database_attributes(field: Any) -> dict[str, Any]:
    _, path, _, options = field.deconstruct()
    return {"type": path, **{name: value for name, value in options.items() if name not in HARMLESS}}


def _foreign_keys(step: Step, model: str, fields: list[tuple[str, Any]], taken: list[Step]) -> Iterator[str]:
    """Object to foreign keys that keep the previous release, which does not know them, from deleting rows."""
    cascades = {
        (it.migration.app_label, it.operation.model_name.lower(), it.operation.field_name)
        for it in taken
        if isinstance(it.operation, CascadeInDatabase)
    }
    for name, field in fields:
        if not (field.many_to_one or field.one_to_one) or not field.db_constraint:
            continue
        target = field.remote_field.model
        if (step.migration.app_label, model.lower(), name) not in cascades and not _is_new(step, target, taken):
            yield f"{model}.{name}: the previous release cannot delete what it refers to. Add CascadeInDatabase."


def _changed(operation: Operation) -> str:
    """Return the name of the model whose table an operation changes, or ""."""
    if isinstance(
        operation, (migrations.AddField, migrations.AlterField, migrations.RemoveField, migrations.RenameField)
    ):
        return operation.model_name
    if isinstance(operation, (migrations.DeleteModel, migrations.AlterModelTable)):
        return operation.name
    return operation.old_name if isinstance(operation, migrations.RenameModel) else ""


def _is_new(step: Step, target: Any, taken: list[Step]) -> bool:
    """Return whether the model with this label is created by one of the operations."""
    app_label, _, name = str(target).lower().rpartition(".")
    label = (app_label or step.migration.app_label, name)
    return any(label == (it.migration.app_label, _created(it.operation)) for it in taken)


def _is_created_here(step: Step, model: str) -> bool:
    return any(_created(it) == model.lower() for it in step.migration.operations)


def _created(operation: Operation) -> str:
    """Return the name of the model that an operation creates, or ""."""
    return operation.name.lower() if isinstance(operation, migrations.CreateModel) else ""


def _index(step: Step, operation: migrations.AddIndex) -> Iterator[str]:
    if _is_created_here(step, operation.model_name):
        return
    if not isinstance(operation, AddIndexConcurrently):
        yield f"{operation.index.name} locks its table until it is built: use AddIndexConcurrently."
    elif step.migration.atomic:
        yield f"{operation.index.name} is built concurrently, which takes atomic = False."


def _constraint(step: Step, operation: migrations.AddConstraint) -> Iterator[str]:
    constraint = operation.constraint
    if _is_created_here(step, operation.model_name):
        return
    if not isinstance(constraint, models.CheckConstraint):
        yield f"{constraint.name} is built with a lock that keeps writers out, and rows may violate it."
    elif not isinstance(operation, AddConstraintNotValid):
        yield f"{constraint.name} checks all rows under a lock: use AddConstraintNotValid, and then ValidateConstraint."
