"""The routes of figures, and how they refuse."""

from dashboard_project.errors import Refusal
from tests.cases import Case, Fault, missing

WRONG_KEYS = (
    "accounts-created",
    "accounts-created/",
    "/total",
    "accounts-created/ever",
    "accounts-created/TOTAL",
    "Accounts-created/total",
    "accounts-created/22",
    "accounts-created/20220",
    "accounts-created/2022-1",
    "accounts-created/2022-00",
    "accounts-created/2022-13",
    "accounts-created/2022-01-1",
    "accounts-created/2022-01-00",
    "accounts-created/2022-01-32",
    "accounts-created/٢٠٢٢",
    "accounts-created/total\n",
    "accounts-created/total\0",
    "accounts-created/total,",
    ",accounts-created/total",
    "accounts-created/total, sessions-created/total",
    "accounts-created/total,sessions-created",
    "a" * 10_000,
    ["accounts-created/total", "sessions-created/total"],
)

CASES = (
    Case(
        "GET",
        "administrator/metric-keys",
        "administrator",
        query={"keys": "accounts-created/total,active-sessions/total"},
        faults=(
            *missing(Refusal.KEYS_MISSING, "keys"),
            *(Fault(Refusal.KEY_FORM, query={"keys": value}) for value in WRONG_KEYS),
        ),
    ),
)
