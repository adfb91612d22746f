"""Who sends a request."""

import pytest

from tests.client import ApiClient


@pytest.fixture
def caller(request: pytest.FixtureRequest) -> ApiClient:
    """Whoever the table names: guest, user or administrator."""
    made: ApiClient = request.getfixturevalue(request.param)
    return made
