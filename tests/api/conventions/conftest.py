"""The caller of a request."""

import pytest

from tests.client import ApiClient


@pytest.fixture
def caller(request: pytest.FixtureRequest) -> ApiClient:
    """Return the client that the parameter names: guest, user or administrator."""
    made: ApiClient = request.getfixturevalue(request.param)
    return made
