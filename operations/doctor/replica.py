"""Check of the replica that READ_DATABASE_URL names."""

from collections.abc import Iterator

from django.conf import settings
from django.db import connections

from dashboard.db.routers import REPLICA
from dashboard.replica.positions import FOREIGN, PROMOTED, ReplicaState
from operations.doctor.findings import Finding, fine, problem, warning

REMEDIES = {
    PROMOTED: "Name a standby of the primary in READ_DATABASE_URL, or leave it empty.",
    FOREIGN: "Let it follow the primary of DATABASE_URL. After a failover, CHECKPOINT there shortens the wait.",
}
OTHERWISE = (
    "Start it, correct READ_DATABASE_URL, or find out what keeps it from replaying. Until then the primary is read."
)


def lag() -> Iterator[Finding]:
    """Check that the replica gets everything that the primary has now, within READ_DATABASE_MAXIMUM_LAG."""
    if not settings.READ_DATABASE_URL:
        yield fine("READ_DATABASE_URL is not set: everything is read from DATABASE_URL.")
        return
    state = ReplicaState()
    began = state.clock()
    state.catch_up()
    if state.reason:
        yield problem(f"Nothing is read from the replica: {state.reason}.", REMEDIES.get(state.reason, OTHERWISE))
        return
    yield fine(f"The replica had everything that was committed, after {state.clock() - began:.2f} seconds.")
    with connections[REPLICA].cursor() as cursor:
        cursor.execute("SELECT current_setting('hot_standby_feedback')")
        (feedback,) = cursor.fetchone()
    if feedback == "off":
        yield warning(
            "hot_standby_feedback is off at the replica: it ends long reads when the primary cleans up.",
            "Set it to on. What it ends is read from the primary.",
        )
