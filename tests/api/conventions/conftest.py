"""Who sends a request."""

import pytest

from tests.client import ApiClient


@pytest.fixture
def caller(request: pytest.FixtureRequest) -> ApiClient:
    """Whoever the table names: guest, user or administrator."""
    made: ApiClient = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def callers(guest: ApiClient, user: ApiClient, administrator: ApiClient) -> dict[str, ApiClient]:
    return {"guest": guest, "user": user, "administrator": administrator}
