"""Quoted cookies are decoded as Python does, in a time that grows with their length alone."""

from http import cookies
from typing import Any

import pytest
from django.http.cookie import parse_cookie
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.cookies import unquote

LETTERS = st.sampled_from('\\"0123478a ;,\n\u00e9')


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", ""),
        ('"', '"'),
        ('""', ""),
        ("plain", "plain"),
        (r"not\"quoted", r"not\"quoted"),
        (r'"a\"b"', 'a"b'),
        (r'"a\\b"', r"a\b"),
        (r'"\054\073"', ",;"),
        (r'"\377\400\38"', "\xff40038"),
        (r'"\\054"', r"\054"),
        ('"end\\"', "end\\"),
    ],
)
def test_quoted_values(value: str, text: str) -> None:
    assert unquote(value) == text


@given(st.text(LETTERS))
def test_what_python_quotes_is_the_same_again(text: str) -> None:
    assert unquote(cookies._quote(text)) == text  # type: ignore[attr-defined]


class Counting:
    """A regular expression that counts the characters that it may look at."""

    def __init__(self, pattern: Any) -> None:
        self.pattern, self.seen = pattern, 0

    def search(self, text: str, start: int = 0) -> Any:
        self.seen += len(text) - start
        return self.pattern.search(text, start)


def test_a_long_cookie_costs_no_more_than_its_length(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns = [Counting(getattr(cookies, name)) for name in ("_OctalPatt", "_QuotePatt") if hasattr(cookies, name)]
    for name, pattern in zip(("_OctalPatt", "_QuotePatt"), patterns, strict=False):
        monkeypatch.setattr(cookies, name, pattern)
    assert parse_cookie("a=" + '"' + r"\"" * 500 + '"') == {"a": '"' * 500}
    assert sum(pattern.seen for pattern in patterns) <= 2 * 1000
