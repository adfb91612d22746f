"""The form of each profile field, which is the same in the API, the import and the demonstration data."""

from datetime import date
from random import Random

import pytest
import time_machine

from accounts.profile_fields import PROFILE_FIELDS
from dashboard.core.errors import DashboardError
from operations.demo.people import person


def read(name: str, value: str):
    """Return the value that is stored, or the code of the error."""
    try:
        return PROFILE_FIELDS[name].read(value)
    except DashboardError as error:
        return error.error_code.code


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com",
        "ada+lovelace@sub.example.co.uk",
        "o'brien@example.com",
        "m\u00fcller@example.com",  # RFC 6531
        "\u7528\u6237@\u4f8b\u3048.jp",
        "\u0430\u0434\u0430@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444",
        "ada@b\u00fccher.example",
        "ada@xn--bcher-kva.example",
        f"{'a' * 64}@example.com",
        "\u00fc" * 32 + "@example.com",
        "\U00020000@example.com",
    ],
)
@pytest.mark.parametrize("name", ["contact-email", "display-email"])
def test_email_address_may_be_internationalized(name, address):
    assert read(name, address) == address


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "@example.com",
        "ada@",
        "ada@@example.com",
        "ada@example",
        "ada@ex_ample.com",
        "a..b@example.com",
        "ada lovelace@example.com",
        "ada\u00a0lovelace@example.com",
        "ada\u200b@example.com",
        "ada\u202e@example.com",
        "ada@example.com\n",
        "ada\n@example.com",
        f"{'a' * 65}@example.com",
        "\u00fc" * 33 + "@example.com",  # 66 bytes
        f"ada@{'a' * 60}.{'b' * 60}.{'c' * 60}.{'d' * 60}.example.com",
        "ada@example.com, other@example.com",
        "Ada <ada@example.com>",
    ],
)
def test_what_is_no_email_address(address):
    assert read("contact-email", address) == "invalid-contact-email"


@pytest.mark.parametrize(
    "name",
    [
        "Ada Lovelace",
        "Zo\u00eb M\u00fcller-L\u00fcdenscheidt",
        "O\u2019Brien, Jr.",
        "\u5c71\u7530 \u592a\u90ce",
        "\u0645\u062d\u0645\u062f \u0627\u0644\u0641\u0627\u062a\u062d",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a zero-width non-joiner
        "\u0936\u094d\u0930\u0940",
        "\U00020bb7\u7530",
        "X \u00c6 A-12",
    ],
)
@pytest.mark.parametrize("field", ["full-name", "display-name", "company-name", "occupation", "location"])
def test_name_may_be_of_any_script(field, name):
    assert read(field, name) == name


@pytest.mark.parametrize(
    "value", [" ", "\u3000", "a\nb", "a\rb", "a\tb", "a\x00b", "a\x1b[31mb", "a\u2028b", "a\u202eb", "\ud800"]
)
@pytest.mark.parametrize(
    "field", ["full-name", "display-name", "company-name", "phone", "occupation", "location", "website"]
)
def test_what_is_not_one_line_of_text(field, value):
    assert read(field, value) == f"invalid-{field}"


def test_value_is_stored_in_its_normal_form():
    assert read("full-name", "Zoe\u0308") == "Zo\u00eb"
    assert read("contact-email", "zoe\u0308@example.com") == "zo\u00eb@example.com"


@time_machine.travel("2026-06-24T08:00:00Z", tick=False)
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1815-12-10", date(1815, 12, 10)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-06-24", date(2026, 6, 24)),
        ("2026-06-25", "invalid-dob"),
        ("2126-01-01", "invalid-dob"),
        ("2025-02-29", "invalid-dob"),
        ("\u0662\u0660\u0662\u0660-01-01", "invalid-dob"),
    ],
)
def test_date_of_birth_is_not_in_the_future(value, expected):
    assert read("dob", value) == expected


@time_machine.travel("2026-06-24T10:00:00Z", tick=False)
def test_date_of_birth_may_be_today_where_the_day_has_begun():
    assert read("dob", "2026-06-25") == date(2026, 6, 25)


def test_people_of_the_demonstration_have_valid_profiles():
    rng = Random(1)
    for number in range(500):
        somebody = person(number, rng)
        assert read("full-name", somebody.full_name) == somebody.full_name
        assert read("contact-email", somebody.email) == somebody.email
