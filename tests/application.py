"""The WSGI application as it is served, without the thread that it starts for what is seen last."""

from unittest.mock import patch

from sessions_app import last_seen

with patch.object(last_seen, "start"):
    from dashboard_project.wsgi import application

__all__ = ["application"]
