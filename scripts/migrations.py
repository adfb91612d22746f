"""Refuse migrations under which the previous release cannot go on serving: `python -m scripts.migrations`."""

import os
import sys
from collections.abc import Iterator

import django
from django.db.migrations import Migration
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from scripts.previous_release import PreviousRelease, previous_release


def main() -> None:
    """Exit with status 1 and a line for each objection."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dashboard_project.settings")
    django.setup()
    loader, release = MigrationLoader(None), previous_release()
    found = list(refusals(*split(loader, release), release))
    if found:
        sys.exit("\n".join(found))
    sys.stdout.write(f"Version {release.version} can serve while the migrations are applied.\n")


def split(loader: MigrationLoader, release: PreviousRelease) -> tuple[ProjectState, list[Migration]]:
    """Return the models as the release has them, and the migrations of later ones in the order of their application.

    Apps that are not the project's come with their own releases: their migrations count as released.
    """
    known = {node for node in loader.graph.nodes if not _is_ours(loader.graph.nodes[node])}
    for target in release.migrations.items():
        known |= set(loader.graph.forwards_plan(target))
    state, later = ProjectState(), []
    for migration in _in_order(loader):
        if (migration.app_label, migration.name) in known:
            migration.mutate_state(state, preserve=False)
        else:
            later.append(migration)
    return state, later


def refusals(state: ProjectState, later: list[Migration], release: PreviousRelease) -> Iterator[str]:
    """Yield a sentence for everything in these migrations that the release cannot live with."""
    from operations.upgrade.rules import objections, unused_since  # noqa: PLC0415  imports models
    from operations.upgrade.steps import steps  # noqa: PLC0415

    yield from map(str, objections(steps(later, state)))
    for migration in later:
        since = unused_since(migration)
        if since and _numbers(since) > _numbers(release.version):
            yield f"{migration.app_label}.{migration.name}: version {release.version} still uses it, until {since}."


def _is_ours(migration: Migration) -> bool:
    return not migration.__module__.startswith("django.")


def _in_order(loader: MigrationLoader) -> Iterator[Migration]:
    done = set()
    for leaf in sorted(loader.graph.leaf_nodes()):
        for node in loader.graph.forwards_plan(leaf):
            if node not in done:
                done.add(node)
                yield loader.graph.nodes[node]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


if __name__ == "__main__":
    main()
