"""Services with a credential: the gateway answers each request of their attacks as Django does."""

from tests.attacks.test_service_credentials import (  # noqa: F401
    test_each_scope_reaches_its_routes_and_no_others,
    test_without_act_for_users_a_service_acts_for_nobody,
)
from tests.gateway.comparing import comparing  # noqa: F401
