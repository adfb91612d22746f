"""The sidebar."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

LISTS = [
    ("People", [("group", "Accounts", "accounts_account"), ("badge", "Profiles", "accounts_profile")]),
    (
        "Access",
        [("devices", "Sessions", "sessions_app_session"), ("password", "Reset codes", "resetcodes_resetcode")],
    ),
    ("Record", [("history", "Events", "events_event")]),
]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The home page, and the list of each model."""
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
            for title, items in LISTS
        ),
    ]


def own_account(request: HttpRequest) -> str:
    """The page of whoever is signed in."""
    return reverse("admin:accounts_account_change", args=(request.user.pk,)) if request.user.pk else ""
