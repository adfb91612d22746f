"""Every error code of every route is answered, in the order of the contract.

Each invalid input is sent together with all that are checked later, and must win over them.
The first input of each error code is also sent alone.
"""

import pytest

from accounts.services.lockout import RECORDED_CODES
from dashboard.core.errors import ErrorCode
from tests.api.cases import CASES
from tests.cases import CONTRACT, Case, InvalidInput, apart_from_guesses, each_case, everything
from tests.client import outcome
from tests.isolation import isolated

RECORDED = {*RECORDED_CODES, ErrorCode.CREDENTIALS_WRONG, ErrorCode.SECOND_FACTOR_REQUIRED}
FIELDS = ("challenge", "factors")


@each_case(case for case in CASES if case.invalid_inputs)
def test_faults_are_refused_in_the_order_of_the_contract(case: Case, subtests: pytest.Subtests, db: None) -> None:
    for inputs in case.by_error_code():
        for number, invalid in enumerate(inputs):
            later = case.checked_after(invalid)
            with subtests.test(invalid.error_code.name, number=number):
                assert_refused_first(case, invalid, *later)
            if number == 0 and later:
                with subtests.test(invalid.error_code.name, number=number, alone=True):
                    assert_refused_first(case, invalid)


def assert_refused_first(case: Case, invalid: InvalidInput, *later: InvalidInput) -> None:
    """Assert that the request is refused for the first of its invalid inputs, and changes no row."""
    error_code = invalid.error_code
    with isolated() as settings:
        context = case.context(settings, invalid, *later)
        before = everything()
        response = context.send()
        assert outcome(response) == CONTRACT[error_code]
        answer = response.json()
        assert answer == {
            **({name: answer[name] for name in FIELDS} if error_code is ErrorCode.SECOND_FACTOR_REQUIRED else {}),
            "object": "error",
            "message": CONTRACT[error_code][1],
            "detail": error_code.detail,
        }
        after = everything()
        # tests/accounts/test_lockout.py covers what is recorded
        if error_code in RECORDED and case.is_proof:
            before, after = apart_from_guesses(before), apart_from_guesses(after)
        assert after == before
