"""Every row of errors of the contract, in its order."""

from tests.accounts import cases, profile_cases
from tests.cases import assert_refused_first, each_fault


@each_fault((*cases.CASES, *profile_cases.CASES))
def test_faults_are_refused_in_the_order_of_the_contract(case, fault, settings, db):
    assert_refused_first(case, fault, settings)
