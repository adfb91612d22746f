"""The site's messages, such as "You are signed out.", in a cookie that no other application of the host uses."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage


class SiteCookieStorage(CookieStorage):
    """Django's storage, with a cookie named after the site's own."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        return f"{settings.ADMIN_COOKIE_NAME}_messages"
