"""A request of the administrators' site, as its pages see it."""

from django.http import HttpRequest

from accounts.models import Account
from dashboard.core.actor import Actor, ActorKind
from sessions_app.models import Session


class AdminRequest(HttpRequest):
    """Made in a session of an administrator: the site has seen to it before a page is called."""

    user: Account
    auth: Session


def actor_of(request: AdminRequest) -> Actor:
    """Who makes the request, for what it records."""
    return Actor.of(request, ActorKind.ACCOUNT, request.user.pk)
