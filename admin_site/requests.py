"""Requests to the administrators' site."""

from typing import cast

from django.http import HttpRequest

from accounts.models import Account
from dashboard.api.access.throttling import PASSWORD_PROOF
from dashboard.core.actor import Actor, ActorKind
from sessions_app.models import Session


class AdminRequest(HttpRequest):
    """A request of a signed-in administrator. The site checks this before it calls a view."""

    user: Account
    auth: Session
    renewed: Session | None  # the session with a new token for the cookie, if the request has confirmed the password


def actor_of(request: AdminRequest) -> Actor:
    """Return the signed-in administrator as the actor of recorded events."""
    return Actor.of(request, ActorKind.ACCOUNT, request.user.pk, request.auth.pk)


def check_proof_rate(request: AdminRequest) -> None:
    """Count a request that proves a password or adds a second factor, together with the API's of the same session.

    Raises too-many-requests (429).
    """
    if exceeded := PASSWORD_PROOF.count(actor_of(request)):
        raise exceeded.error()


def actor_of_any(request: HttpRequest) -> Actor:
    """Return the actor of a request that may be anybody's, and may have been refused before its session was read."""
    user = getattr(request, "user", None)
    return actor_of(cast("AdminRequest", request)) if user and user.pk else Actor.of(request, ActorKind.ANYBODY, None)
