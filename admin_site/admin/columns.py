"""The choice of a list's columns, which a cookie of each list keeps."""

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

PARAMETER = "columns"
A_YEAR = 365 * 24 * 60 * 60


def chosen_columns(request: HttpRequest, name: str, available: Sequence[str], default: Sequence[str]) -> list[str]:
    """Return the columns of a list in their order: those of the cookie, or else the default ones. Keep the first."""
    chosen = set(request.COOKIES.get(_cookie(name), "").split(".")) & set(available) or set(default)
    return [column for column in available if column in chosen or column == available[0]]


def keep_columns(response: HttpResponseBase, name: str, columns: Sequence[str]) -> None:
    """Store the choice of a list's columns in the browser."""
    response.set_cookie(
        _cookie(name),
        ".".join(columns),
        max_age=A_YEAR,
        path=settings.ADMIN_COOKIE_PATH,
        secure=settings.SERVED_BY_HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _cookie(name: str) -> str:
    return f"{settings.ADMIN_COOKIE_NAME}_columns_{name}"
