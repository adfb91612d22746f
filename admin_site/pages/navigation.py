"""Links of the sidebar and of the user menu."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

SECTIONS = [
    ("People", [("group", "Accounts", "accounts_account"), ("badge", "Profiles", "accounts_profile")]),
    (
        "Access",
        [("devices", "Sessions", "sessions_app_session"), ("password", "Reset codes", "resetcodes_resetcode")],
    ),
    ("Activity", [("history", "Events", "events_event")]),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the sections of the sidebar: the home page, the list of each model, and what is the owner's."""
    home = {"title": "Home", "icon": "home", "link": reverse("admin:index")}
    return [
        {"items": [home]},
        *(
            {
                "title": title,
                "separator": True,
                "items": [
                    {"icon": icon, "title": name, "link": reverse(f"admin:{model}_changelist")}
                    for icon, name, model in items
                ],
            }
            for title, items in SECTIONS
        ),
        *_of_owner(request),
    ]


def _of_owner(request: HttpRequest) -> list[dict[str, Any]]:
    if not getattr(request.user, "is_superuser", False):
        return []
    items = [
        {"icon": "key", "title": "Credentials", "link": reverse("admin:service_credentials")},
        {"icon": "webhook", "title": "Webhooks", "link": reverse("admin:webhooks")},
    ]
    return [{"title": "Programs", "separator": True, "items": items}]


def own_account(request: HttpRequest) -> str:
    """Return the address of the signed-in administrator's account page, or an empty string if nobody is signed in."""
    return reverse("admin:accounts_account_change", args=(request.user.pk,)) if request.user.pk else ""


def own_second_factors(request: HttpRequest) -> str:
    """Return the address of the page of the signed-in administrator's second factors."""
    return reverse("admin:second_factors")
