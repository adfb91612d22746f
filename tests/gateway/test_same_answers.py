"""Conventions, authentication and refusals: the gateway answers each request of their tests as Django does.

The tests are those of the tables themselves. Here each request goes through the gateway, and must be answered with the
status, the headers and the body with which Django alone answers it.
"""

import pytest

from tests.api.conventions.conftest import caller  # noqa: F401
from tests.api.conventions.test_bodies import *  # noqa: F403
from tests.api.conventions.test_fields import *  # noqa: F403
from tests.api.conventions.test_headers import *  # noqa: F403
from tests.api.conventions.test_ids import *  # noqa: F403
from tests.api.conventions.test_routes import *  # noqa: F403
from tests.api.test_authentication import *  # noqa: F403
from tests.api.test_error_order import *  # noqa: F403
from tests.api.test_permissions import *  # noqa: F403
from tests.gateway.comparing import comparing  # noqa: F401

pytestmark = pytest.mark.exhaustive
