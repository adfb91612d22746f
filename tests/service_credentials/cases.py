"""The route by which a service looks at its own credential."""

from tests.cases import Case

CASES = (Case("GET", "service/credential", "service"),)
