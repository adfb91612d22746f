"""Operations of migrations that run while the previous release serves."""

from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation, OperationCategory


class AddIndexConcurrently(migrations.AddIndex):
    """Add an index without keeping writers out. Only for migrations with `atomic = False`.

    A migration that was interrupted leaves an invalid index, which is dropped when it runs again. SQLite adds an index
    as usual.
    """

    atomic = False

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        name = schema_editor.quote_name(self.index.name)
        schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
        schema_editor.add_index(model, self.index, concurrently=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_backwards(app_label, schema_editor, from_state, to_state)
            return
        model = from_state.apps.get_model(app_label, self.model_name)
        schema_editor.remove_index(model, self.index, concurrently=True)


class AddConstraintNotValid(migrations.AddConstraint):
    """Add a check for rows written from now on. ValidateConstraint, in a later migration, checks existing ones.

    SQLite adds and validates it at once.
    """

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor != "postgresql":
            super().database_forwards(app_label, schema_editor, from_state, to_state)
            return
        model = to_state.apps.get_model(app_label, self.model_name)
        statement = self.constraint.create_sql(model, schema_editor)
        schema_editor.execute(f"{statement} NOT VALID", params=None)  # its values are in it already


class ValidateConstraint(Operation):
    """Read all rows for a constraint that was added NOT VALID. Neither readers nor writers are kept out."""

    category = OperationCategory.ALTERATION

    def __init__(self, model_name: str, name: str) -> None:
        self.model_name, self.name = model_name, name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: the models have the constraint already."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if schema_editor.connection.vendor == "postgresql":
            table = to_state.apps.get_model(app_label, self.model_name)._meta.db_table
            quote = schema_editor.quote_name
            schema_editor.execute(f"ALTER TABLE {quote(table)} VALIDATE CONSTRAINT {quote(self.name)}")

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Change nothing: a constraint stays valid."""

    def describe(self) -> str:
        return f"Validate constraint {self.name} on {self.model_name}"


class CascadeInDatabase(Operation):
    """Let the database delete the rows that refer to a deleted one by this foreign key.

    A release that does not know the table can then delete what it refers to, beside the new one or after a rollback.
    Django deletes such rows first, as before. Only for migrations with `atomic = False`, which hold the lock of the
    referenced table for a moment.

    SQLite has a trigger instead: for another foreign key it would have to copy the table. Where a later migration makes
    Django copy one of the two tables, drop the trigger before it, and repeat this operation after it.
    """

    category = OperationCategory.ALTERATION

    def __init__(self, model_name: str, field_name: str) -> None:
        self.model_name, self.field_name = model_name, field_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change nothing: Django does not know what the database does."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        _set_cascade(schema_editor, model._meta.get_field(self.field_name), is_wanted=True)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        _set_cascade(schema_editor, model._meta.get_field(self.field_name), is_wanted=False)

    def describe(self) -> str:
        return f"Cascade deletions to {self.model_name} by {self.field_name} in the database"


def _set_cascade(schema_editor: Any, field: Any, *, is_wanted: bool) -> None:
    if schema_editor.connection.vendor == "postgresql":
        _replace_foreign_key(schema_editor, field, "ON DELETE CASCADE" if is_wanted else "")
    else:
        _replace_trigger(schema_editor, field, is_wanted=is_wanted)


def _replace_trigger(schema_editor: Any, field: Any, *, is_wanted: bool) -> None:
    """Replace the trigger of SQLite, or only drop it."""
    quote, table, target = schema_editor.quote_name, field.model._meta.db_table, field.target_field
    name = quote(f"{table}_{field.column}_cascade")
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}")
    if is_wanted:
        event = f"BEFORE DELETE ON {quote(target.model._meta.db_table)} FOR EACH ROW"
        deletion = f"DELETE FROM {quote(table)} WHERE {quote(field.column)} = OLD.{quote(target.column)}"  # noqa: S608
        schema_editor.execute(f"CREATE TRIGGER {name} {event} BEGIN {deletion}; END")


def _replace_foreign_key(schema_editor: Any, field: Any, on_delete: str) -> None:
    """Replace a foreign key by one of the same name. Rows are read afterwards, while others write."""
    model, target = field.model, field.target_field
    name = schema_editor._fk_constraint_name(model, field, "_fk_%(to_table)s_%(to_column)s")
    table = schema_editor.quote_name(model._meta.db_table)
    referenced = f"{schema_editor.quote_name(target.model._meta.db_table)} ({schema_editor.quote_name(target.column)})"
    schema_editor.execute(
        f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}, ADD CONSTRAINT {name}"
        f" FOREIGN KEY ({schema_editor.quote_name(field.column)}) REFERENCES {referenced} {on_delete}"
        " DEFERRABLE INITIALLY DEFERRED NOT VALID"
    )
    schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}")
