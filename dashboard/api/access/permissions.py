"""Who may call a route: the permission classes of the viewsets.

Other permission classes can be added to a viewset, an action or DEFAULT_PERMISSION_CLASSES as in any DRF project.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.utils import timezone
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from dashboard.core.errors import DashboardError, ErrorCode

NOBODY, ADMINISTRATORS, EVERYBODY = "nobody", "administrators", "everybody"  # the values of REQUIRE_SECOND_FACTOR


def lacks_second_factor(account: Any) -> bool:
    """Return whether REQUIRE_SECOND_FACTOR demands a second factor of this account, and it has none.

    A session of an account that has one is valid only if it has used one: see `Session.is_valid`.
    """
    if account.second_factor_since is not None or settings.REQUIRE_SECOND_FACTOR == NOBODY:
        return False
    return settings.REQUIRE_SECOND_FACTOR == EVERYBODY or account.is_staff


class IsAccount(BasePermission):
    """Allow a signed-in account. DRF answers NotAuthenticated (401) where there is none.

    Raises second-factor-enrolment-required (403) for one that `lacks_second_factor`, except on routes that are declared
    with `before_enrolment`: those by which it gets one, and its session and signing out.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        return self.is_allowed(request) and _is_enrolled(request, view)

    def is_allowed(self, request: Request) -> bool:
        return request.user is not None


def _is_enrolled(request: Request, view: Any) -> bool:
    if lacks_second_factor(request.user) and not getattr(view, "before_enrolment", False):
        raise DashboardError(ErrorCode.SECOND_FACTOR_ENROLMENT_REQUIRED)
    return True


class IsAdministrator(IsAccount):
    """Allow a signed-in administrator; refuse other accounts with 403, in the words of the contract."""

    code, message = "administrator-required", "Administrator required"

    def has_permission(self, request: Any, view: Any) -> bool:
        """Allow a service that calls as itself, too: the viewset has asked for its scope."""
        return request.by_service_itself or super().has_permission(request, view)

    def is_allowed(self, request: Request) -> bool:
        return super().is_allowed(request) and request.user.is_staff


class IsService(BasePermission):
    """Allow a service that calls as itself. DRF answers NotAuthenticated (401) to everybody else."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return bool(request.by_service_itself)


ProofRule = Callable[[Any], bool]  # whether a request needs recent proof


def always(request: Any) -> bool:
    """Demand recent proof for every request of a route."""
    return True


class HasRecentProof(BasePermission):
    """Demand that the session's password was verified lately, on the routes that are declared with `recent_proof`.

    Somebody who finds a browser signed in, or steals its cookie, then cannot take over the account (OWASP ASVS 5.0,
    7.5.1). `set-session-verified` verifies the password again. A request on behalf of a user counts by that user's
    session. REQUIRE_RECENT_PROOF=false turns it off, as in the contract of the Node Dashboard.
    """

    code = "verification-required"

    def has_permission(self, request: Request, view: Any) -> bool:
        rule: ProofRule | None = view.recent_proof
        return rule is None or has_recent_proof(request) or not rule(request)


def has_recent_proof(request: Any) -> bool:
    """Return whether the session of a request may do what needs recent proof.

    A service that calls as itself proves itself by each request.
    """
    if not settings.REQUIRE_RECENT_PROOF or request.by_service_itself:
        return True
    return bool(request.auth.is_proof_recent(timezone.now()))
