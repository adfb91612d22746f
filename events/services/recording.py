"""Record events, and find failed sign-ins among them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from dashboard.core.actor import Actor
from dashboard.core.errors import ErrorCode
from dashboard.db import prepared
from dashboard.observability.metrics import get_metrics
from dashboard.replica import own_writes
from events.models import Action, Event, EventQuerySet
from events.services.feed_signal import announce

DETAILS_LIMIT = 255

Condition = Callable[[Actor], prepared.Requirement | None]
_conditions: dict[str, Condition] = {}


def record_only_if(name: str, condition: Condition) -> None:
    """Have nothing done by an actor unless the row exists that this function requires of them, if any.

    A request is authenticated before it waits for the locks of its rows. What has ended its session or revoked its
    credential since, such as a new password, must hold against it as well. Apps above this one call this when they are
    ready, each with a name of its own.
    """
    _conditions[name] = condition


def _required_of(actor: Actor) -> tuple[prepared.Requirement, ...]:
    if actor.is_admitted:
        return ()
    return tuple(filter(None, (condition(actor) for condition in _conditions.values())))


def admit(actor: Actor) -> Actor:
    """Check what an operation requires of its actor now, before it ends the actor's session. Return them admitted.

    Raises as `record`.
    """
    for requirement in _required_of(actor):
        requirement.check()
    return actor.admitted()


def record(action: Action, accountid: str, actor: Actor, targetid: str = "", *, refusal: str = "") -> None:
    """Record an operation in its own transaction, so that both are kept or neither, and count it on commit.

    `refusal` is the error code of a failed sign-in. That is recorded after the attempt was rolled back. Raises
    sign-in-required or invalid-credential (401) if the actor's session has ended meanwhile, or the credential was
    revoked, but not for refusals.
    """
    prepared.execute(pending_event(action, accountid, actor, targetid, refusal=refusal))


def pending_event(
    action: Action, accountid: str, actor: Actor, targetid: str = "", *, refusal: str = ""
) -> prepared.Change:
    """Build what `record` executes, for `prepared.execute_together`."""
    event = _event(action, accountid, actor, targetid)
    event.refusal = refusal
    change = prepared.insert(event).and_then(lambda: _count(action, 1, actor))
    return change if refusal else replace(change, requires=_required_of(actor))


def record_details(action: Action, actor: Actor, details: str, targetid: str = "") -> None:
    """Record an operation on no account but the actor's own, with details in words, which must contain no secrets.

    The details are cut to the length of the column.
    """
    event = _event(action, actor.accountid or "", actor, targetid)
    event.details = details[:DETAILS_LIMIT]
    change = prepared.insert(event).and_then(lambda: _count(action, 1, actor))
    prepared.execute(replace(change, requires=_required_of(actor)))


def record_with_id(pk: int, action: Action, actor: Actor, details: str) -> None:
    """Do what `record_details` does, in an event with this id."""
    event = _event(action, "", actor, "")
    event.pk, event.details = pk, details[:DETAILS_LIMIT]
    event.save()
    _count(action, 1, actor)


def record_each(action: Action, account_of: Mapping[str, str], actor: Actor) -> None:
    """Record an operation on many rows. `account_of` maps the id of each session, profile or code to its account's.

    Raises as `record`.
    """
    admit(actor)
    Event.objects.bulk_create(_event(action, accountid, actor, targetid) for targetid, accountid in account_of.items())
    _count(action, len(account_of), actor)


def _count(action: Action, times: int, actor: Actor) -> None:
    """When operations are committed, count them, tell readers of the feed, and note that their actor has written."""
    transaction.on_commit(lambda: get_metrics().operations.labels(action).inc(times))
    announce()
    own_writes.note(actor)


def _event(action: Action, accountid: str, actor: Actor, targetid: str) -> Event:
    return Event(
        action=action,
        accountid=accountid,
        targetid=targetid,
        actor_kind=actor.kind,
        actor_accountid=actor.accountid or "",
        actor_credentialid=actor.credentialid,
        ip_address=actor.ip_address,
        user_agent=actor.user_agent or "",
    )


def times_refused(accountid: str, sessionid: str, refusal: ErrorCode, *, since: datetime, most: int) -> list[datetime]:
    """Return when a session of an account got this error since then: at most `most` times, newest first."""
    events = _refusals(accountid, refusal, since).filter(actor_accountid=accountid, targetid=sessionid)
    return list(events.order_by("-created_at").values_list("created_at", flat=True)[:most])


def was_refused(accountid: str, refusal: ErrorCode, since: datetime) -> bool:
    """Return whether a sign-in to an account has failed with this error since then."""
    return _refusals(accountid, refusal, since).exists()


def _refusals(accountid: str, refusal: ErrorCode, since: datetime) -> EventQuerySet:
    return Event.objects.filter(
        accountid=accountid, action=Action.REFUSE_SIGN_IN, refusal=refusal.code, created_at__gt=since
    )
