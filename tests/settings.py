"""The settings of the tests: a secret key, which deployments set, no rate limits, the cheapest work factor."""

import os

os.environ["ENV_FILE"] = ""  # what is in `.env` is for the server
os.environ.setdefault("SECRET_KEY", "a secret of the tests")
os.environ["READ_DATABASE_URL"] = ""  # tests/replica starts a standby
os.environ["RATE_LIMITS"] = "false"  # tests send more in a second than anybody in an hour
os.environ["BCRYPT_WORKLOAD_FACTOR"] = "4"

from dashboard_project.settings import *  # noqa: F403
