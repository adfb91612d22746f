"""Faults of Redis: killed, restored, flushed, paused, cut off, full, read-only, failed over, replaced by a Cluster."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from time import sleep
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from faults.checker.verdict import Bounds
from faults.fleet import Fleet, new_folder, populate, settings, start_servers, this_release
from faults.running import Fault, Group
from throwaway.cuts import relay
from throwaway.postgresql import postgresql
from throwaway.programs import free_port, program, wait_until
from throwaway.redis import redis_server, sentinel

NO_FAILURE = Bounds(may_be_unavailable=False, must_be_cached=True)
# While two servers take writes, and one has not noticed: docs/revocation.md, condition 4.
FAILOVER = Bounds(may_be_unavailable=False, must_be_cached=True, accepted_within=2.0)
FILLER_BYTES = 1_000
SLOTS = 4_000  # that move to another node of a Cluster


@contextmanager
def with_redis(persons: int) -> Iterator[Fleet]:
    """Two servers, the first of which reaches Redis through a network that can be cut."""
    with ExitStack() as stack:
        folder, database = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        cache = stack.enter_context(redis_server())
        network = stack.enter_context(relay(cache.port))
        fleet = Fleet(this_release(settings(database.url(), cache.url())), folder, database, redis=cache, relay=network)
        populate(fleet, persons)
        start_servers(fleet, stack, {"REDIS_URL": f"redis://127.0.0.1:{network.port}/0"}, {})
        yield fleet


def killed(fleet: Fleet, seconds: float) -> None:
    """Kill Redis, and start it again, with nothing in it."""
    fleet.cache.kill()
    sleep(seconds)
    fleet.cache.start()


def restarted_empty(fleet: Fleet, seconds: float) -> None:
    for _ in range(max(1, int(seconds))):
        fleet.cache.kill()
        fleet.cache.start()
        sleep(1)


def restored(fleet: Fleet, seconds: float) -> None:
    """Restart Redis from a snapshot that was made before sessions were ended."""
    fleet.cache.client.save()
    sleep(seconds / 2)
    fleet.cache.kill()
    fleet.cache.start()
    fleet.cache.forget_snapshot()
    sleep(seconds / 2)


def flushed(fleet: Fleet, seconds: float) -> None:
    for _ in range(max(2, int(2 * seconds))):
        fleet.cache.client.flushall()
        sleep(0.5)


def paused(fleet: Fleet, seconds: float) -> None:
    fleet.cache.pause()
    sleep(seconds)
    fleet.cache.resume()


def cut_off(fleet: Fleet, seconds: float) -> None:
    """Cut the first server off from Redis, and nobody else."""
    if fleet.relay is None:
        raise LookupError("The fleet has no network that can be cut.")
    fleet.relay.cut()
    sleep(seconds)
    fleet.relay.mend()


def full(fleet: Fleet, seconds: float) -> None:
    fleet.cache.client.config_set("maxmemory", 1)
    sleep(seconds)
    fleet.cache.client.config_set("maxmemory", 0)


def evicting(fleet: Fleet, seconds: float) -> None:
    """Write more to Redis than there is room for, so that it evicts marks and the key of the epoch, too."""
    client = fleet.cache.client
    used = client.info("memory")["used_memory"]
    client.config_set("maxmemory-policy", "allkeys-lru")
    client.config_set("maxmemory", used + 200 * FILLER_BYTES)
    for round_ in range(max(5, int(10 * seconds))):
        with client.pipeline(transaction=False) as pipe:
            for number in range(300):
                pipe.set(f"filler:{round_}:{number}", "x" * FILLER_BYTES)
            pipe.execute(raise_on_error=False)
        sleep(0.1)
    client.config_set("maxmemory", 0)
    client.config_set("maxmemory-policy", "noeviction")


def read_only(fleet: Fleet, seconds: float) -> None:
    """Make Redis the replica of a server that does not answer."""
    fleet.cache.client.replicaof("127.0.0.1", str(free_port()))
    sleep(seconds)
    fleet.cache.client.replicaof("NO", "ONE")


def behind(fleet: Fleet, seconds: float) -> None:
    """Make Redis the replica of a copy that lacks what was written since, and then the primary again."""
    client = fleet.cache.client
    client.config_set("repl-diskless-sync-delay", 0)
    with redis_server("--replicaof", f"127.0.0.1 {fleet.cache.port}", "--repl-diskless-sync-delay", "0") as copy:
        wait_until(lambda: _is_in_step(copy.client), "the copy is not made")
        copy.client.replicaof("NO", "ONE")
        sleep(seconds / 2)
        client.set("written since", 1)
        client.replicaof("127.0.0.1", str(copy.port))
        wait_until(lambda: _is_in_step(client), "Redis does not take the copy over")
        if client.exists("written since"):
            raise RuntimeError("Redis still has what the copy lacks.")
        sleep(seconds / 2)
        client.replicaof("NO", "ONE")


def _is_in_step(client: "Redis") -> bool:
    return bool(client.info("replication")["master_link_status"] == "up")


REDIS = Group(
    "Redis",
    with_redis,
    (
        Fault("redis-killed", "Redis is killed (-9), and started again later", killed, bounds=NO_FAILURE),
        Fault(
            "redis-empty", "Redis is killed and restarted empty, again and again", restarted_empty, bounds=NO_FAILURE
        ),
        Fault("redis-snapshot", "Redis is restarted from an old snapshot", restored, bounds=NO_FAILURE),
        Fault("redis-flushed", "Redis is flushed, twice a second", flushed, bounds=NO_FAILURE),
        Fault("redis-paused", "Redis hangs (SIGSTOP)", paused, seconds=8, bounds=NO_FAILURE),
        Fault("redis-cut-off", "one of two instances is cut off from Redis", cut_off, seconds=8, bounds=NO_FAILURE),
        Fault("redis-full", "Redis is full (`noeviction`)", full, bounds=NO_FAILURE),
        Fault("redis-evicting", "Redis evicts what it likes (`allkeys-lru`)", evicting, bounds=NO_FAILURE),
        Fault("redis-read-only", "Redis is read-only", read_only, bounds=NO_FAILURE),
        Fault(
            "redis-behind", "Redis is made a replica of a copy that lacks its latest writes", behind, bounds=FAILOVER
        ),
    ),
)


# Sentinel


@contextmanager
def with_sentinel(persons: int) -> Iterator[Fleet]:
    """Two servers that ask Sentinel for the primary of two Redis servers."""
    with ExitStack() as stack:
        folder, database = stack.enter_context(new_folder()), stack.enter_context(postgresql())
        primary = stack.enter_context(redis_server())
        second = stack.enter_context(redis_server("--replicaof", f"127.0.0.1 {primary.port}"))
        known = stack.enter_context(sentinel(primary.port))
        with Redis(port=known) as asked:
            wait_until(lambda: asked.sentinel_slaves("dashboard") != [], "Sentinel knows no replica")
        url = f"redis+sentinel://127.0.0.1:{known}/dashboard/0"
        fleet = Fleet(this_release(settings(database.url(), url)), folder, database, redis=primary, replica=second)
        populate(fleet, persons)
        start_servers(fleet, stack, {}, {})
        yield fleet


def failed_over(fleet: Fleet, seconds: float) -> None:
    """Let the primary hang until Sentinel has made its replica the primary, and then go on unaware."""
    if fleet.replica is None:
        raise LookupError("The fleet has no replica.")
    client = fleet.replica.client
    fleet.cache.pause()
    wait_until(lambda: _role(client) == "master", "Sentinel does nothing")
    sleep(seconds)
    fleet.cache.resume()
    fleet.redis, fleet.replica = fleet.replica, fleet.cache


def _role(client: "Redis") -> str:
    try:
        return str(client.info("replication")["role"])
    except RedisError:
        return ""


SENTINEL = Group(
    "Sentinel",
    with_sentinel,
    (Fault("sentinel-failover", "Sentinel puts the replica in the place of Redis", failed_over, 3, FAILOVER),),
)


# Cluster


def replaced_by_a_cluster(fleet: Fleet, seconds: float) -> None:
    """Put a node of a Cluster in the place of Redis, and have slots move to another node."""
    client, port = program("redis-cli"), fleet.cache.port
    fleet.cache.kill()
    with ExitStack() as stack:
        options = ("--cluster-enabled", "yes")
        first = stack.enter_context(redis_server(*options, "--cluster-port", str(free_port()), port=port))
        others = [stack.enter_context(redis_server(*options, "--cluster-port", str(free_port()))) for _ in range(2)]
        nodes = [first, *others]
        places = [f"127.0.0.1:{node.port}" for node in nodes]
        _run(client, "--cluster", "create", *places, "--cluster-yes")
        sleep(seconds / 2)
        one, other = (_node_id(node.client) for node in nodes[:2])
        move = ["--cluster-from", one, "--cluster-to", other, "--cluster-slots", str(SLOTS), "--cluster-yes"]
        _run(client, "--cluster", "reshard", places[0], *move)
        sleep(seconds / 2)
    fleet.cache.start()


def _node_id(client: Any) -> str:
    return str(client.execute_command("CLUSTER MYID").decode())


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603


CLUSTER = Group(
    "Redis Cluster",
    with_redis,
    (
        Fault(
            "redis-cluster",
            "a node of a Redis Cluster takes the place of Redis, and slots move",
            replaced_by_a_cluster,
            bounds=NO_FAILURE,
        ),
    ),
)
GROUPS = (REDIS, SENTINEL, CLUSTER)
