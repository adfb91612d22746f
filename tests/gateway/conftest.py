"""The caller of the requests of tests/api/conventions."""

from tests.api.conventions.conftest import caller

__all__ = ["caller"]
