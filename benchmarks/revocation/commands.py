"""Proof of revocation for longer than a test may take, and what checks cost while Redis is not there.

Wants DATABASE_URL on a PostgreSQL server where a database may be created, and redis-server on the path.
"""

import argparse
from collections import Counter

from benchmarks.revocation.eviction import Eviction
from benchmarks.revocation.load import Load
from benchmarks.revocation.outage import CLIENTS, measure
from benchmarks.revocation.servers import stage

PERSONS_A_SECOND = 100


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.revocation", description=__doc__)
    parser.add_argument("what", choices=["stress", "outage"])
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--protocol", default="keep_protocol", help="what served.py does to the cache")
    given = parser.parse_args()
    if given.what == "stress":
        stress(given.seconds, given.protocol)
    else:
        outage(given.seconds)


def stress(seconds: float, protocol: str) -> None:
    persons = int(PERSONS_A_SECOND * seconds)
    with stage(persons) as place, place.servers(TEST_PROTOCOL=protocol, TEST_HOLD_UP="yes") as ports:
        load = Load(ports, place.administrator, place.persons)
        eviction = Eviction(place.redis, load)
        with load.running(), eviction.running():
            load.over.wait(seconds)
        hits = place.redis.hits()
    report(load)
    print(f"{hits} entries were found in the cache, {eviction.count} dropped from it")


def report(load: Load) -> None:
    print(f"{len(load.checks)} checks, {len(load.revocations)} sessions ended; checks before and after:")
    administrators = load.outcomes(is_own=False)
    for way, (before, after) in load.outcomes(is_own=True).items():
        others = "{} and {}".format(*administrators[way])
        print(f"  {way:36} {before:5} accepted, {after:5} refused; by an administrator {others}")
    lags = load.lags()
    print(f"accepted although it began after the answer: {len(lags)}")
    for way, count in Counter(lag.revocation.way for lag in lags).items():
        latest = max(lag.seconds for lag in lags if lag.revocation.way == way)
        print(f"  {way:36} {count:5}, the last one {latest:.3f} s after it")
    print(f"refused too early: {len(load.refused_too_early())}; faults: {load.faults}")


def outage(seconds: float) -> None:
    with stage(CLIENTS) as place:
        costs = measure(place, seconds)
    for name, cost in costs.items():
        times = f"median {cost.median:6.2f} ms, mean {cost.mean:6.2f}, p99 {cost.p99:6.2f}, longest {cost.most:6.1f}"
        print(f"{name:16} {times}, {cost.count} checks")
