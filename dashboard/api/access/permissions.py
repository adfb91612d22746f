"""Who may call a route: the permission classes of the viewsets.

Other permission classes can be added to a viewset, an action or DEFAULT_PERMISSION_CLASSES as in any DRF project.
"""

from typing import Any

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
