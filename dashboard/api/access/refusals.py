"""Refused access: a request for what its caller may not do, which is rarely a person's mistake.

Each is logged and counted. A receiver of `access_refused` records the first of a burst as an event: see events/apps.py.
"""

import logging

from django.dispatch import Signal

from dashboard.core.actor import Actor
from dashboard.core.errors import ErrorCode
from dashboard.observability.metrics import get_metrics

logger = logging.getLogger(__name__)

ADMINISTRATOR_REQUIRED = "administrator-required"
APPLICATION_SERVER = "invalid-application-server"
EXPIRED_FORM = "invalid-csrf-token"
REASONS: dict[ErrorCode, str] = {  # codes on the wire have several reasons: invalid-account has a dozen
    ErrorCode.NOT_OWNED: "not-owned",
    ErrorCode.NOT_OWNER: "owner-required",
    ErrorCode.NOT_CURRENT_SESSION: "not-current-session",
    ErrorCode.PERMISSION_DENIED: "permission-denied",
    ErrorCode.CROSS_ORIGIN: "invalid-origin",
}

access_refused = Signal()  # sent with `reason`, `actor` and `targetid`


def refuse_access(reason: str, actor: Actor, targetid: str = "") -> None:
    """Log and count a refused access, and tell the receivers. `targetid` is the row that was asked for, if any."""
    logger.warning("Access refused: %s, to %s", reason, actor.accountid or actor.kind)
    get_metrics().refused_access.labels(reason).inc()
    access_refused.send(sender=None, reason=reason, actor=actor, targetid=targetid)
