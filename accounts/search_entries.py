"""The index of the search for accounts: for each profile, every text that may begin with a search term.

A profile named "Ada Lovelace" with the address ada@mail.example.com has the entries "ada lovelace", "lovelace",
"ada@mail.example.com", "mail.example.com", "example.com" and "com". A term finds the entries that begin with it, in one
range of a B-tree, which costs the same however many entries there are. For terms inside a word, its endings of three or
more letters are entries, too, with a mark: "*ovelace", "*velace", "*elace", "*lace", "*ace". The database's triggers
(search_triggers.py) keep the entries.
"""

import re
import unicodedata
from functools import reduce
from operator import or_
from typing import Any, ClassVar, Self

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from dashboard.models import TenantManager, current_appid

COLUMNS = ("full_name", "display_name", "contact_email", "display_email")
SEPARATORS = " .@-_+',"
WORDS_LIMIT = 16  # of one column; later words are found only together with these
MIDDLE_MARK = "*"
MIDDLE_LENGTH = 3  # characters: the fewest that are found inside a word
MIDDLE_SEPARATORS = SEPARATORS + "0123456789"  # so that "lovelace" and "lovelace7" have the same entries
MIDDLE_SEPARATOR = f"[{re.escape(MIDDLE_SEPARATORS)}]"  # a regular expression of Python and of PostgreSQL
MIDDLES_LIMIT = 24  # of one column
HIGHEST = "\U0010ffff"

CODES = (*range(0xC0, 0x180), *range(0x1A0, 0x1B1), *range(0x370, 0x460), *range(0x1EA0, 0x1EFA))
LETTERS = [chr(code) for code in CODES]  # Latin, Vietnamese, Greek and Cyrillic; other letters lose only their case
WITHOUT_MARK = {"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ħ": "h", "ŧ": "t", "\u0131": "i"}


def _base(letter: str) -> str:
    """Return a letter in lower case and without its accents, if that is one letter, or else unchanged."""
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return WITHOUT_MARK.get(base, base) if len(base) == 1 else letter


FOLDED_LETTERS = {letter: _base(letter) for letter in LETTERS if _base(letter) != letter}
TRANSLATION = str.maketrans(FOLDED_LETTERS)


def fold(text: str) -> str:
    """Return a text as entries have it: in lower case, without accents, with single spaces."""
    composed = unicodedata.normalize("NFC", " ".join(text.split()))
    return composed.translate(TRANSLATION).lower()


def split(text: str) -> list[str]:
    """Return the words whose endings are indexed, with "" before, between and after separators."""
    return re.split(MIDDLE_SEPARATOR, text)


def texts_of(word: str) -> tuple[str, ...]:
    """Return the beginnings of entries for words that begin with a folded text, and for words that contain it."""
    return (word, MIDDLE_MARK + word) if len(word) >= MIDDLE_LENGTH else (word,)


class EntryTextField(models.CharField):  # type: ignore[type-arg]
    """Text in the order of its code points, as SQLite compares it, whatever the collation of the database is."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def beginning(self, *texts: str) -> Self:
        """Select the entries that begin with any of some folded texts."""
        ranges = [models.Q(text__gte=text, text__lt=text + HIGHEST) for text in texts]
        return self.filter(reduce(or_, ranges)) if ranges else self.none()


class SearchEntry(models.Model):
    """A text of a profile. It has ids instead of foreign keys: a trigger deletes it with its profile."""

    appid = models.CharField(max_length=255, default=current_appid)
    text = EntryTextField(max_length=255)
    accountid = models.CharField(max_length=21)
    profileid = models.CharField(max_length=21)

    objects = TenantManager.from_queryset(SearchEntryQuerySet)()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["appid", "text", "accountid", "profileid"], name="search_entry_text"),
            models.Index(fields=["profileid"], name="search_entry_of_profile"),
        ]

    def __str__(self) -> str:
        return str(self.text)
