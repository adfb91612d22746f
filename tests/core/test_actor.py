"""Who an actor is once a password has proven it."""

import pytest

from dashboard.core.actor import Actor, ActorKind

ACCOUNTID, OTHER = "acct_0123456789abcdef", "acct_00000000000000aa"


@pytest.mark.parametrize(
    ("actor", "kind", "accountid"),
    [
        (Actor(ActorKind.ANYBODY), ActorKind.ACCOUNT, ACCOUNTID),
        (Actor(ActorKind.APPLICATION_SERVER), ActorKind.APPLICATION_SERVER, ACCOUNTID),
        (Actor(ActorKind.ACCOUNT, OTHER), ActorKind.ACCOUNT, OTHER),
        (Actor(ActorKind.APPLICATION_SERVER, OTHER), ActorKind.APPLICATION_SERVER, OTHER),
        (Actor.command_line(), ActorKind.COMMAND_LINE, None),
    ],
)
def test_proof_names_who_is_anonymous_and_nobody_else(actor: Actor, kind: ActorKind, accountid: str | None) -> None:
    proven = actor.proven_as(ACCOUNTID)
    assert (proven.kind, proven.accountid) == (kind, accountid)
