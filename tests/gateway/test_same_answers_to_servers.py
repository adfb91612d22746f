"""The application server: the gateway answers each request of their tests as Django does.

The tests are those of the tables themselves. Here each request goes through the gateway, and must be answered with the
status, the headers and the body with which Django alone answers it.
"""

import pytest

from tests.api.test_application_server import *  # noqa: F403
from tests.api.test_application_server import _configured as configured  # noqa: F401
from tests.gateway.comparing import comparing  # noqa: F401

pytestmark = pytest.mark.exhaustive
