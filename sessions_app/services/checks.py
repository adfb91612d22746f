"""The conditions that a check sets besides a valid session, for proxies and applications."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from urllib.parse import parse_qsl

from dashboard.core.errors import DashboardError, ErrorCode
from sessions_app.models import Session
from sessions_app.services.identity import identity_token

SECONDS = re.compile(r"[0-9]{1,9}")
FLAGS = ("administrator", "owner")  # conditions without a value


@dataclass(frozen=True)
class Conditions:
    """The account's required rank, and the maximum seconds since the password was verified."""

    administrator: bool
    owner: bool
    verified: int | None

    @classmethod
    @lru_cache(maxsize=256)
    def parse(cls, query: str) -> "Conditions":
        """Read a query string such as `administrator&verified=900`.

        Raises invalid-condition (403) for anything that is not understood, so that a misspelt condition never holds.
        """
        given = parse_qsl(query, keep_blank_values=True)
        conditions = dict(given)
        seconds = conditions.pop("verified", None)
        flags = {name: conditions.pop(name, None) for name in FLAGS}
        is_understood = (
            not conditions
            and len(given) == len({name for name, _ in given})
            and {*flags.values()} <= {None, ""}
            and (seconds is None or SECONDS.fullmatch(seconds))
        )
        if not is_understood:
            raise DashboardError(ErrorCode.CONDITION_INVALID)
        return cls(
            administrator=flags["administrator"] is not None,
            owner=flags["owner"] is not None,
            verified=None if seconds is None else int(seconds),
        )

    def require(self, session: Session, now: datetime) -> None:
        """Raise administrator-required, owner-required or verification-required (403) where they do not hold."""
        account = session.account
        if self.administrator and not account.is_staff:
            raise DashboardError(ErrorCode.CHECKED_NOT_ADMINISTRATOR)
        if self.owner and not account.is_superuser:
            raise DashboardError(ErrorCode.CHECKED_NOT_OWNER)
        if self.verified is not None and now - session.last_verified_at > timedelta(seconds=self.verified):
            raise DashboardError(ErrorCode.CHECKED_PROOF_TOO_OLD)


def identify(session: Session, query: str, now: datetime) -> dict[str, str]:
    """Return the headers that tell an application whose valid session this is.

    Raises as `Conditions.parse` and `Conditions.require` for the conditions in the query string.
    """
    Conditions.parse(query).require(session, now)
    account = session.account
    return {
        "X-Account-Id": session.account_id,
        "X-Session-Id": session.sessionid,
        "X-Account-Administrator": "true" if account.is_staff else "false",
        "X-Account-Owner": "true" if account.is_superuser else "false",
        "X-Identity": identity_token(session, now),
    }
