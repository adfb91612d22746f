"""Requests to the administrators' site."""

from django.http import HttpRequest

from accounts.models import Account
from dashboard.core.actor import Actor, ActorKind
from sessions_app.models import Session


class AdminRequest(HttpRequest):
    """A request of a signed-in administrator. The site checks this before it calls a view."""

    user: Account
    auth: Session


def actor_of(request: AdminRequest) -> Actor:
    """Return the signed-in administrator as the actor of recorded events."""
    return Actor.of(request, ActorKind.ACCOUNT, request.user.pk, request.auth.pk)
