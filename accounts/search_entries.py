"""The index of the search for accounts: for each profile, everything that a search term may begin.

A profile named "Ada Lovelace" with the address ada@mail.example.com has the entries "ada lovelace", "lovelace",
"ada@mail.example.com", "mail.example.com", "example.com" and "com". A term finds the entries that begin with it, in one
range of a B-tree, which costs the same however many there are. The database's triggers (search_triggers.py) keep them.
"""

import unicodedata
from typing import Any, ClassVar, Self

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from dashboard.models import TenantManager, current_appid

SEPARATORS = " .@-_+',"
WORDS_LIMIT = 16  # of one column; what follows them is found only together with them
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


class EntryTextField(models.CharField):  # type: ignore[type-arg]
    """Text in the order of its code points, as SQLite compares it, whatever the collation of the database is."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        collation = "C" if connection.vendor == "postgresql" else None
        return {**super().db_parameters(connection), "collation": collation}


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def beginning(self, text: str) -> Self:
        """Select the entries that begin with a folded text."""
        return self.filter(text__gte=text, text__lt=text + HIGHEST)


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
