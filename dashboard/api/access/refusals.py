"""Refused access: a request for something that its caller may not do, which is rarely a person's mistake.

Each is counted, and a receiver of `access_refused` records the first of a burst as an event: see events/apps.py. The
first few of a minute are logged, and so are other refusals that indicate an attack: limits that were reached, requests
that no client of the API makes (OWASP ASVS 5.0, 16.3.2 and 16.3.3).
"""

import logging

from django.dispatch import Signal

from dashboard.cache.rate_limits import RateLimiter
from dashboard.core.actor import Actor
from dashboard.core.errors import ErrorCode
from dashboard.observability.metrics import get_metrics

logger = logging.getLogger("dashboard.refusals")

ADMINISTRATOR_REQUIRED = "administrator-required"
APPLICATION_SERVER = "invalid-application-server"
EXPIRED_FORM = "invalid-csrf-token"
METRICS_TOKEN = "invalid-metrics-token"  # noqa: S105  a reason
REASONS: dict[ErrorCode, str] = {  # codes on the wire have several reasons: invalid-account has a dozen
    ErrorCode.NOT_OWNED: "not-owned",
    ErrorCode.NOT_OWNER: "owner-required",
    ErrorCode.NOT_CURRENT_SESSION: "not-current-session",
    ErrorCode.PERMISSION_DENIED: "permission-denied",
    ErrorCode.CROSS_ORIGIN: "invalid-origin",
    ErrorCode.CREDENTIAL_WRONG: "wrong-credential",
    ErrorCode.CREDENTIAL_EXPIRED: "expired-credential",
    ErrorCode.CREDENTIAL_REVOKED: "revoked-credential",
    ErrorCode.CREDENTIAL_NETWORK: "network-of-credential",
    ErrorCode.SCOPE_MISSING: "insufficient-scope",
}

LINES = "5/minute"  # for one reason and one network
LINES_IN_ALL = "60/minute"  # for one reason

access_refused = Signal()  # sent with `reason`, `actor` and `targetid`
lines_limiter = RateLimiter(is_shared=False)


def refuse_access(reason: str, actor: Actor, targetid: str = "", *, code: str = "") -> None:
    """Log and count a refused access, and tell the receivers. `targetid` is the row that was asked for, if any."""
    log_refusal(reason, actor, targetid, code=code)
    get_metrics().refused_access.labels(reason).inc()
    access_refused.send(sender=None, reason=reason, actor=actor, targetid=targetid)


def log_refusal(reason: str, actor: Actor, targetid: str = "", *, code: str = "") -> None:
    """Log a refusal with the error `code` of its response, unless this process has logged LINES of its kind.

    The formatter adds the method, the path and the id of the request, and never what else it contains.
    """
    if not _is_within_limits(reason, actor.network):
        return
    fields = {
        "reason": reason,
        "code": code or reason,
        "account": actor.accountid,
        "credential": actor.credentialid,
        "target": targetid,
        "network": actor.network,
    }
    known = {name: value for name, value in fields.items() if value}
    caller = actor.accountid or actor.credentialid or actor.kind
    logger.warning("Access refused: %s, to %s", reason, caller, extra=known)


def _is_within_limits(reason: str, network: str) -> bool:
    """Count a line. The total is checked first, so that many networks cannot fill the memory with their counts."""
    if lines_limiter.reached("refusals-in-all", LINES_IN_ALL, reason):
        return False
    exceeded = lines_limiter.hit("refusals", LINES, f"{reason} {network}")
    return not (exceeded or lines_limiter.hit("refusals-in-all", LINES_IN_ALL, reason))
