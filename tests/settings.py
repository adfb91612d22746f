"""The settings of the tests: a secret key, which a deployment has to set, and the cheapest work factor."""

import os

os.environ.setdefault("SECRET_KEY", "a secret of the tests")
os.environ["BCRYPT_WORKLOAD_FACTOR"] = "4"

from dashboard_project.settings import *  # noqa: F403
