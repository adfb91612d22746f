"""Random codes for people to copy, read out and type.

They are in Crockford's base 32 (https://www.crockford.com/base32.html), which has no letters that look or sound like
others, in groups separated by hyphens: K7QM-2X9D-… They are accepted in another spelling: without the hyphens, in lower
case, or with O for 0 and I or L for 1.
"""

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOK_ALIKES = str.maketrans("OIL", "011")
SEPARATORS = re.compile(r"[\s\u2010-\u2015-]+")  # spaces, and the hyphens and dashes that programs make of hyphens
MAX_TYPED_LENGTH = 100


def random_characters(length: int) -> str:
    """Return so many characters of 5 random bits each."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def grouped(characters: str, group: int) -> str:
    """Return a code with a hyphen after each group of so many characters."""
    return "-".join(characters[start : start + group] for start in range(0, len(characters), group))


def spelled_characters(given: str) -> str | None:
    """Return the characters of the code that this input spells, without hyphens; None if it is no code."""
    if len(given) > MAX_TYPED_LENGTH:
        return None
    typed = SEPARATORS.sub("", given)
    characters = typed.upper().translate(LOOK_ALIKES)
    return characters if typed.isascii() and set(characters) <= set(ALPHABET) else None
