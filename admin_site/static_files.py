"""Static files of the site, below the path at which the server is reached."""

from django.conf import settings
from django.contrib.staticfiles import storage
from django.urls import get_script_prefix


class StaticFilesStorage(storage.StaticFilesStorage):
    """Django's storage, with addresses below the path of the current request.

    Django's own keeps the address of its first use, but a proxy can name another path with each request.
    """

    @property
    def base_url(self) -> str:
        return f"{get_script_prefix()}{settings.STATIC_URL.lstrip('/')}"
