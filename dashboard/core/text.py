"""Text that every database can store, and the one form of text that devices spell in several ways."""

import re
import unicodedata

STORABLE = r"^[^\u0000]*$"
# No control characters, line ends or overrides of the direction, which could hide or forge what others read: RFC 8264,
# section 9.11; Unicode Standard Annex 9, section 2.1. Joiners are allowed: Persian and Hindi names need them.
ONE_LINE = r"^(?=.*\S)[^\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]*$"
MAX_NORMALIZED = 2048  # characters; the time that a run of combining marks takes grows with the square of its length


def is_storable(text: str) -> bool:
    """Whether a text has no NUL, which PostgreSQL cannot store, and no lone surrogate, which UTF-8 cannot encode."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def is_one_line(text: str) -> bool:
    """Whether a text is storable, has something to read, and fits into one line. See ONE_LINE."""
    return is_storable(text) and re.fullmatch(ONE_LINE, text) is not None


def normalize(text: str) -> str:
    """Return Normalization Form C (Unicode Standard Annex 15), in which `ü` is one character and not `u` and two dots.

    Names and passwords are compared in it: see RFC 8265, sections 3.4 and 4.2, and NIST SP 800-63B-4, section 3.1.1.2,
    which leaves the choice between NFC and NFKC. A text over MAX_NORMALIZED stays as it is.
    """
    return text if text.isascii() or len(text) > MAX_NORMALIZED else unicodedata.normalize("NFC", text)


def spellings(text: str) -> tuple[str, ...]:
    """Return the text as it was typed and, where it has another, its other spelling: at most two, and one for ASCII.

    A hash that was made before texts were normalized is of one of them. Their number depends on the text alone, so that
    the time to try them all says nothing about a hash.
    """
    if text.isascii() or len(text) > MAX_NORMALIZED:
        return (text,)
    forms = (text, unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text))
    return tuple(dict.fromkeys(forms))[:2]
