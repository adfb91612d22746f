"""The WSGI application as it is served, without the thread that writes when sessions were last seen."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from sessions_app.services import last_seen

with patch.object(last_seen, "start"):
    from dashboard_project.wsgi import application, prepared_application


@contextmanager
def kept_connections() -> Iterator[None]:
    """Keep the connection of the test's transaction open during requests, as Django's test client does."""
    signals = request_started, request_finished
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


__all__ = ["application", "kept_connections", "prepared_application"]
