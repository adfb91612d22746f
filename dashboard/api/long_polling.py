"""What the gateway and a view tell each other about a request that may wait for something to happen."""

from dataclasses import dataclass

from django.http import HttpRequest

KEY = "dashboard.long_poll"  # in the WSGI environ


@dataclass
class LongPoll:
    """If the gateway asks, a view never waits: it answers with what there is, and says how long it would have waited.

    The gateway then keeps the answer, and asks again when something has happened. `waited` and `wanted` are seconds:
    how long the client has waited so far, and how long it may still wait.
    """

    waited: float = 0.0
    wanted: float = 0.0

    @classmethod
    def of(cls, request: HttpRequest) -> "LongPoll | None":
        """Return the one that the gateway has set, or None without the gateway."""
        poll: LongPoll | None = request.META.get(KEY)
        return poll


def is_asked_again(request: HttpRequest) -> bool:
    """Whether the gateway repeats a request that has been counted already."""
    poll = LongPoll.of(request)
    return poll is not None and poll.waited > 0
