"""The route tables of all apps."""

import tests.accounts.cases
import tests.accounts.profile_cases
import tests.events.cases
import tests.operations.cases
import tests.resetcodes.cases
import tests.second_factors.cases
import tests.service_credentials.cases
import tests.sessions_app.cases
from tests.cases import Case

CASES = (
    *tests.accounts.cases.CASES,
    *tests.accounts.profile_cases.CASES,
    *tests.sessions_app.cases.CASES,
    *tests.resetcodes.cases.CASES,
    *tests.second_factors.cases.CASES,
    *tests.service_credentials.cases.CASES,
    *tests.events.cases.CASES,
    *tests.operations.cases.CASES,
    Case("GET", "errors", "guest"),
)
