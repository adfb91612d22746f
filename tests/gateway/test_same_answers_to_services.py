"""Services with a credential: the gateway answers each request of their attacks as Django does."""

import pytest

from service_credentials.services import authentication
from tests.attacks.test_service_credentials import (  # noqa: F401
    test_each_scope_reaches_its_routes_and_no_others,
    test_without_act_for_users_a_service_acts_for_nobody,
)
from tests.gateway.comparing import comparing  # noqa: F401

pytestmark = pytest.mark.exhaustive


@pytest.fixture(autouse=True)
def _unused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Note no use: a credential tells when it was last used, which the two answers would not agree on."""
    monkeypatch.setattr(authentication, "_store_use", lambda *given: None)
