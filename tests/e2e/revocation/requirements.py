"""The marks of tests that start server processes, on PostgreSQL and with a Redis of their own."""

import shutil

import pytest

needs_servers = [
    pytest.mark.process,
    pytest.mark.postgresql,
    pytest.mark.skipif(shutil.which("redis-server") is None, reason="needs redis-server"),
]
