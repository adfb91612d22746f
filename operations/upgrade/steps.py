"""The operations of migrations, one by one, with the models as they are before each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.migrations import Migration, SeparateDatabaseAndState
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState


@dataclass(frozen=True)
class Step:
    """An operation on the database, and the models before it."""

    migration: Migration
    operation: Operation
    before: ProjectState

    def model(self, name: str) -> ModelState:
        """Return a model of the migration's app as it is before the operation."""
        found: ModelState = self.before.models[self.migration.app_label, name.lower()]
        return found


def steps(migrations: Iterable[Migration], state: ProjectState) -> Iterator[Step]:
    """Yield each operation that these migrations execute. `state` has the models before, and then those after."""
    for migration in migrations:
        for operation in migration.operations:
            before = state.clone()
            for executed in _executed(operation):
                yield Step(migration, executed, before)
            operation.state_forwards(migration.app_label, state)


def _executed(operation: Operation) -> list[Operation]:
    if isinstance(operation, SeparateDatabaseAndState):
        return list(operation.database_operations)
    return [operation]
