"""Prove revocation under load for longer than a test may take, or measure session checks while Redis is down.

Needs redis-server, and a DATABASE_URL on a PostgreSQL server where a database may be created.
"""

import argparse
from collections import Counter

from benchmarks.revocation.eviction import Eviction
from benchmarks.revocation.load import Load
from benchmarks.revocation.outage import CLIENTS, measure
from benchmarks.revocation.servers import deployed

PERSONS_A_SECOND = 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.revocation", description=__doc__)
    parser.add_argument("command", choices=["stress", "outage"])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument(
        "--protocol", default="keep_protocol", help="how the servers keep the cache consistent; see served.py"
    )
    parser.add_argument("--by-account", action="store_true", help="end sessions through their accounts")
    given = parser.parse_args()
    if given.command == "stress":
        stress(given.seconds, given.protocol, "0" if given.by_account else "")
    else:
        outage(given.seconds)


def stress(seconds: float, protocol: str, rows_at_once: str) -> None:
    persons = int(PERSONS_A_SECOND * seconds)
    changes = {"TEST_PROTOCOL": protocol, "TEST_HOLD_UP": "yes", "TEST_ROWS_AT_ONCE": rows_at_once}
    with deployed(persons) as deployment, deployment.servers(2, **changes) as ports:
        load = Load(ports, deployment.administrator, deployment.persons)
        eviction = Eviction(deployment.redis, load)
        with load.running(), eviction.running():
            load.over.wait(seconds)
        hits = deployment.redis.hits()
    report(load)
    print(f"{hits} entries were found in the cache, {eviction.count} were evicted from it")


def report(load: Load) -> None:
    print(f"{len(load.checks)} checks, {len(load.revocations)} sessions ended; checks before and after:")
    administrators = load.outcomes(is_own=False)
    for scenario, (before, after) in load.outcomes(is_own=True).items():
        others = "{} and {}".format(*administrators[scenario])
        print(f"  {scenario:36} {before:5} accepted, {after:5} refused; by an administrator {others}")
    lags = load.lags()
    print(f"checks accepted although they began after the answer: {len(lags)}")
    for scenario, count in Counter(lag.revocation.scenario for lag in lags).items():
        latest = max(lag.seconds for lag in lags if lag.revocation.scenario == scenario)
        print(f"  {scenario:36} {count:5}, the last one {latest:.3f} s after it")
    print(f"refused too early: {len(load.refused_too_early())}; faults: {load.faults}")


def outage(seconds: float) -> None:
    with deployed(CLIENTS) as deployment:
        costs = measure(deployment, seconds)
    for name, cost in costs.items():
        times = f"median {cost.median:6.2f} ms, mean {cost.mean:6.2f}, p99 {cost.p99:6.2f}, longest {cost.most:6.1f}"
        print(f"{name:16} {times}, {cost.count} checks")
