"""Services: programs that call the API as themselves or for users, and the scopes that say what each may do."""

from dataclasses import dataclass
from enum import StrEnum

CREDENTIAL_PREFIX = "dsk_"  # of the token of a service credential, so that people and scanners recognise one


class Scope(StrEnum):
    """What a service may do, as OAuth has it (RFC 6749, section 3.3)."""

    ACT_FOR_USERS = "act-for-users"
    CREATE_RESET_CODES = "create-reset-codes"
    READ_EVENTS = "read-events"
    ADMINISTER = "administer"


# A service that calls for people, with one of these, says the address of each: X-Client-Address.
SCOPES_FOR_CLIENTS = frozenset((Scope.ACT_FOR_USERS, Scope.CREATE_RESET_CODES))


@dataclass(frozen=True)
class Service:
    """A service that has proven itself. `credentialid` is empty if it used APPLICATION_SERVER_TOKEN."""

    scopes: frozenset[Scope]
    credentialid: str = ""


APPLICATION_SERVER = Service(frozenset((Scope.ACT_FOR_USERS,)))
