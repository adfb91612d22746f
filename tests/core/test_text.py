"""Spellings of a text: what different devices send for the same keys."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.core.text import MAX_NORMALIZED, normalize, spellings

COMPOSED, DECOMPOSED = "m\u00fcller", "mu\u0308ller"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("miller", ("miller",)),
        ("\u0436", ("\u0436",)),
        (COMPOSED, (COMPOSED, DECOMPOSED)),
        (DECOMPOSED, (DECOMPOSED, COMPOSED)),
        ("\ufb01", ("\ufb01",)),  # a ligature is a character of its own
        ("\ud800", ("\ud800",)),
        ("", ("",)),
        (COMPOSED * MAX_NORMALIZED, (COMPOSED * MAX_NORMALIZED,)),
    ],
)
def test_spellings(text, expected):
    assert spellings(text) == expected


@given(st.text(max_size=60))
def test_every_spelling_has_the_same_normal_form(text):
    forms = spellings(text)
    assert forms[0] == text
    assert len(forms) <= 2
    assert {normalize(it) for it in forms} == {unicodedata.normalize("NFC", text)}


@given(st.text(max_size=60))
def test_what_one_device_hashes_another_one_finds(text):
    other = unicodedata.normalize("NFD", text)
    assert {text, normalize(text)} & set(spellings(other)) or normalize(text) == text
    assert normalize(text) in spellings(other)
