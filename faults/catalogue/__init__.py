"""The faults, by what they happen to."""

from faults.catalogue import caches, clients, databases, disks, processes, replicas, upgrades
from faults.running import Group

GROUPS: tuple[Group, ...] = (
    *processes.GROUPS,
    *databases.GROUPS,
    *disks.GROUPS,
    *replicas.GROUPS,
    *caches.GROUPS,
    *clients.GROUPS,
    *upgrades.GROUPS,
)
