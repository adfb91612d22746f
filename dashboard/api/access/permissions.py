"""Who may call a route: the permission classes of the viewsets.

Other permission classes can be added to a viewset, an action or DEFAULT_PERMISSION_CLASSES as in any DRF project.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class IsAccount(BasePermission):
    """Allow a signed-in account. DRF answers NotAuthenticated (401) where there is none."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user is not None


class IsAdministrator(IsAccount):
    """Allow a signed-in administrator; refuse other accounts with 403, in the words of the contract."""

    code, message = "administrator-required", "Administrator required"

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and request.user.is_staff


ProofRule = Callable[[Any], bool]  # whether a request needs recent proof


def always(request: Any) -> bool:
    """Demand recent proof for every request of a route."""
    return True


class HasRecentProof(BasePermission):
    """Demand that the session's password was verified lately, on the routes that are declared with `recent_proof`.

    Whoever has found a browser signed in, or stolen its cookie, then cannot take the account over (OWASP ASVS 5.0,
    7.5.1). `set-session-verified` verifies the password again. A request on behalf of a user counts by that user's
    session. REQUIRE_RECENT_PROOF=false turns it off, as in the contract of the Node Dashboard.
    """

    code = "verification-required"

    def has_permission(self, request: Request, view: Any) -> bool:
        rule: ProofRule | None = view.recent_proof
        return rule is None or has_recent_proof(request) or not rule(request)


def has_recent_proof(request: Any) -> bool:
    """Return whether the session of a request may do what needs recent proof."""
    return not settings.REQUIRE_RECENT_PROOF or request.auth.is_proof_recent(timezone.now())
