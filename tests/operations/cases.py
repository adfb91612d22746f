"""Refusals of the account export."""

from tests.accounts.cases import OWN_ACCOUNTID, accountid
from tests.cases import Case

CASES = (Case("GET", "user/export-account", "user", query={"accountid": accountid}, invalid_inputs=OWN_ACCOUNTID),)
