"""The migrations that `migrate` would apply: what each locks, for how long, and whether servers may serve meanwhile."""

from dataclasses import asdict, dataclass, field

from django.db import connection, transaction
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from dashboard.core.json import JSON, without_none
from operations.upgrade.rules import objections, unused_since
from operations.upgrade.statements import Effect, effects
from operations.upgrade.steps import Step, steps
from operations.upgrade.tables import RATES, Catalogue, OpenTransaction, Size, read_catalogue

LIMIT_SECONDS = 2.0  # for which requests may wait; a request gives up after 5
WHOLE_FILE = "SQLite locks the whole file: stop the server first, or requests wait, and are refused after 20 seconds."


@dataclass(frozen=True)
class Estimate:
    """What a statement does to a table that is in use, and how long that takes."""

    effect: Effect
    size: Size

    @property
    def seconds(self) -> float:
        return self.size.seconds(self.effect.work)

    @property
    def keeps_out(self) -> str:
        return self.effect.lock.keeps_out if self.effect.lock else ""

    def as_json(self) -> JSON:
        it = self.effect
        known = {"statement": it.statement, "table": it.table or None, "lock": it.lock, "work": it.work}
        sizes = {"rows": self.size.rows, "bytes": self.size.bytes, "seconds": round(self.seconds, 1)}
        return without_none(known | (sizes if it.table else {}))


@dataclass
class PlannedMigration:
    """A migration that is not applied."""

    name: str
    is_atomic: bool
    estimates: list[Estimate]
    runs_code: bool  # whose locks and time cannot be told
    unused_since: str  # the oldest release that may serve meanwhile, if it removes something
    objections: list[str] = field(default_factory=list)

    @property
    def blocked_seconds(self) -> float:
        """How long requests wait. A transaction holds its locks until it ends, other statements only their own."""
        if not self.is_atomic:
            return max((it.seconds for it in self.estimates if it.keeps_out), default=0.0)
        first = next((number for number, it in enumerate(self.estimates) if it.keeps_out), len(self.estimates))
        return sum((it.seconds for it in self.estimates[first:]), 0.0)

    @property
    def may_serve(self) -> bool:
        """Whether the previous release may continue to serve while the migration is applied, and afterwards."""
        return not self.objections and self.blocked_seconds <= LIMIT_SECONDS

    def as_json(self) -> JSON:
        return {
            "migration": self.name,
            "mayServe": self.may_serve,
            "blockedSeconds": round(self.blocked_seconds, 1),
            "runsCode": self.runs_code,
            "unusedSince": self.unused_since,
            "objections": self.objections,
            "statements": [it.as_json() for it in self.estimates],
        }


@dataclass(frozen=True)
class Upgrade:
    """All that `migrate` would do."""

    migrations: list[PlannedMigration]
    open_transactions: tuple[OpenTransaction, ...]

    @property
    def locks_file(self) -> bool:
        """Whether nothing else can be written meanwhile."""
        return bool(self.migrations) and connection.vendor == "sqlite"

    @property
    def may_serve(self) -> bool:
        return not self.locks_file and all(it.may_serve for it in self.migrations)

    def as_json(self) -> JSON:
        return {
            "object": "upgrade",
            "database": connection.vendor,
            "mayServe": self.may_serve,
            "locksWholeFile": self.locks_file,
            "megabytesPerSecond": {str(work): rate for work, rate in RATES.items()},
            "migrations": [it.as_json() for it in self.migrations],
            "openTransactions": [asdict(it) for it in self.open_transactions],
        }


def planned_upgrade() -> Upgrade:
    """Return what `migrate` would do now. Changes nothing."""
    executor, catalogue = MigrationExecutor(connection), read_catalogue()
    state = executor._create_project_state(with_applied_migrations=True)  # type: ignore[attr-defined]
    plan = [migration for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
    taken = list(steps(plan, state.clone()))
    planned = {_label(it): _planned(it, taken, state, catalogue) for it in plan}
    for objection in objections(taken):
        planned[_label(objection.migration)].objections.append(objection.reason)
    return Upgrade([*planned.values()], catalogue.open_transactions)


def _planned(migration: Migration, taken: list[Step], state: ProjectState, catalogue: Catalogue) -> PlannedMigration:
    """Describe a migration. `state` has the models before, and then those after."""
    runs_code = any(it.migration is migration and not it.operation.reduces_to_sql for it in taken)
    estimates = [
        Estimate(effect, catalogue.sizes.get(effect.table, Size(0, 0)))
        for statement in _statements(migration, state)
        for effect in effects(statement, catalogue.relations)
        if not effect.table or effect.table in catalogue.sizes  # a new one is not in use
    ]
    return PlannedMigration(_label(migration), migration.atomic, estimates, runs_code, unused_since(migration))


def _statements(migration: Migration, state: ProjectState) -> list[str]:
    """Return the SQL of a migration on PostgreSQL; on SQLite it does not matter.

    Django executes code that stands in a SeparateDatabaseAndState, so all is rolled back.
    """
    if connection.vendor != "postgresql":
        migration.mutate_state(state, preserve=False)
        return []
    with transaction.atomic():
        with connection.schema_editor(collect_sql=True, atomic=migration.atomic) as editor:
            migration.apply(state, editor, collect_sql=True)
        transaction.set_rollback(True)
    collected: list[str] = editor.collected_sql
    return collected


def _label(migration: Migration) -> str:
    return f"{migration.app_label}.{migration.name}"
