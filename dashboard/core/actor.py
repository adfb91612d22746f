"""The actor of an operation: who performs it and from where, as events record it."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from typing import Self

from django.conf import settings
from django.http import HttpRequest
from ua_parser import parse

from dashboard.core.addresses import client_address, network_of
from dashboard.core.text import is_storable


class ActorKind(StrEnum):
    """The capacity in which an actor performs an operation."""

    ANYBODY = "anybody"
    ACCOUNT = "account"
    APPLICATION_SERVER = "application server"
    SERVICE = "service credential"
    COMMAND_LINE = "command line"


@dataclass(frozen=True)
class Actor:
    """Who performs an operation. `accountid` is their own, or the user's on whose behalf an application server acts.

    `sessionid` is the session of the request; `browserid` is the secret of the browser's cookie, see
    `accounts.services.sign_in_clients`. `shares_address` says that the address is that of many clients. `credentialid`
    is the service credential of the request, of whichever kind the actor is. See `admitted` for `is_admitted`.
    """

    kind: ActorKind
    accountid: str | None = None
    ip_address: str | None = None
    user_agent_header: str = ""
    sessionid: str = ""
    browserid: str = ""
    shares_address: bool = False
    credentialid: str = ""
    is_admitted: bool = False

    @classmethod
    def of(cls, request: HttpRequest, kind: ActorKind, accountid: str | None, sessionid: str = "") -> Self:
        """Return the actor of a request. The address is the client's, also behind TRUSTED_PROXIES."""
        return cls(
            kind,
            accountid,
            client_address(request),
            request.META.get("HTTP_USER_AGENT", ""),
            sessionid,
            request.COOKIES.get(settings.BROWSER_COOKIE_NAME, ""),
        )

    @property
    def network(self) -> str:
        """The network that one client has: an IPv4 address or an IPv6 /64. Empty if unknown."""
        return network_of(self.ip_address) if self.ip_address and not self.shares_address else ""

    @classmethod
    def command_line(cls) -> Self:
        return cls(ActorKind.COMMAND_LINE)

    def proven_as(self, accountid: str) -> Self:
        """Return this actor once a password or a reset code has proven whose account it is.

        Somebody who signs in is anonymous before. Operators, and actors who are signed in, stay who they are.
        """
        if self.accountid or self.kind is ActorKind.COMMAND_LINE:
            return self
        kind = ActorKind.ACCOUNT if self.kind is ActorKind.ANYBODY else self.kind
        return replace(self, kind=kind, accountid=accountid)

    def admitted(self) -> Self:
        """Return this actor for the rest of an operation that is not to be refused any more.

        Its session and credential have been checked in the same transaction, or in one that is committed and cannot be
        undone. The operation itself may have ended the session since.
        """
        return replace(self, is_admitted=True)

    @property
    def user_agent(self) -> str | None:
        """The browser and system in plain words, such as "Firefox 151 on Windows"; None if unknown."""
        header = self.user_agent_header
        return readable(header[:1000]) if header and is_storable(header) else None


@lru_cache(maxsize=1024)
def readable(header: str) -> str | None:
    """Return a User-Agent header in plain words, at most 255 characters; None if the parser knows neither part."""
    parsed = parse(header)
    browser = (
        " ".join(part for part in (parsed.user_agent.family, parsed.user_agent.major) if part)
        if parsed.user_agent
        else ""
    )
    system = parsed.os.family if parsed.os else ""
    return " on ".join(part for part in (browser, system) if part)[:255] or None


def is_another_account(actor_accountid: str, accountid: str) -> bool:
    """Return whether an operation on an account was performed by a different account."""
    return actor_accountid not in ("", accountid)
