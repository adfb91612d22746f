"""Which Redis server a connection leads to, so that one that was replaced, restarted or restored is noticed.

A server has another `run_id` after each start, and a data set another `master_replid` after each failover.
"""

import re
from typing import Any

from redis.exceptions import ResponseError

UNKNOWN = "unknown"  # of a server that does not permit the question
REPLICA = "replica"

RUN_ID = re.compile(rb"run_id:(\w+)")
REPLICATION = re.compile(rb"role:(\w+)[\s\S]*master_replid:(\w+)")


def store_of(server: Any, replication: Any) -> str:
    """Return the identity of a server, from what INFO says about both. REPLICA for one that accepts no marks."""
    run_id, found = RUN_ID.search(_text(server)), REPLICATION.search(_text(replication))
    if not (run_id and found):
        return UNKNOWN
    return f"{run_id[1].decode()}:{found[2].decode()}" if found[1] == b"master" else REPLICA


def connect(connection: Any) -> None:
    """Connect as redis-py does, and note as `store` which server this is. For `redis_connect_func`."""
    connection.on_connect()
    answers = []
    for section in ("server", "replication"):
        connection.send_command("INFO", section)
        answers.append(_read(connection.read_response))
    connection.store = store_of(*answers)


async def connect_async(connection: Any) -> None:
    """Do what `connect` does on an event loop."""
    await connection.on_connect()
    answers = []
    for section in ("server", "replication"):
        await connection.send_command("INFO", section)
        try:
            answers.append(await connection.read_response())
        except ResponseError:
            answers.append(b"")
    connection.store = store_of(*answers)


def _read(read_response: Any) -> Any:
    try:
        return read_response()
    except ResponseError:  # an access list can forbid INFO
        return b""


def _text(answer: Any) -> bytes:
    return answer if isinstance(answer, bytes) else str(answer).encode()
