"""Recording what happens, and the figures that come of it."""

from collections.abc import Mapping

from dashboard_project.actor import Actor
from events.models import Action, Event


def record(action: Action, accountid: str, actor: Actor, targetid: str = "") -> None:
    """Write down an operation, inside its transaction: both are kept or neither."""
    Event.objects.create(
        action=action,
        accountid=accountid,
        targetid=targetid,
        actor_kind=actor.kind,
        actor_accountid=actor.accountid or "",
        ip_address=actor.ip_address,
        user_agent=actor.user_agent or "",
    )


def record_each(action: Action, account_of: Mapping[str, str], actor: Actor) -> None:
    """As `record`, an operation on many sessions, profiles or codes at once, given with the account of each."""
    Event.objects.bulk_create(
        Event(
            action=action,
            accountid=accountid,
            targetid=targetid,
            actor_kind=actor.kind,
            actor_accountid=actor.accountid or "",
            ip_address=actor.ip_address,
            user_agent=actor.user_agent or "",
        )
        for targetid, accountid in account_of.items()
    )
