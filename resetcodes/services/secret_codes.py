"""Secret codes that Dashboard generates: to be copied, or to be read out on the telephone.

They are in Crockford's base 32 (https://www.crockford.com/base32.html), which has no letters that look or sound like
others, in groups separated by hyphens: K7QM-2X9D-… The hash is that of the code with its hyphens. Codes that clients
choose have no hyphens, so that only generated codes are accepted in another spelling: without the hyphens, in lower
case, or with O for 0 and I or L for 1.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from dashboard.core import hashing

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LOOK_ALIKES = str.maketrans("OIL", "011")
SEPARATORS = re.compile(r"[\s\u2010-\u2015-]+")  # spaces, and the hyphens and dashes that programs make of hyphens
MAX_TYPED_LENGTH = 100


@dataclass(frozen=True)
class CodeFormat:
    """How long a generated code is, in characters of 5 random bits, and what limits it besides its single use."""

    length: int
    group: int
    lifetime: timedelta | None = None
    attempts: int | None = None  # wrong codes for the account after which the code is no longer accepted

    def generate(self) -> str:
        return self.grouped("".join(secrets.choice(ALPHABET) for _ in range(self.length)))

    def grouped(self, characters: str) -> str:
        return "-".join(characters[start : start + self.group] for start in range(0, self.length, self.group))


COPIED = CodeFormat(length=28, group=4)  # 140 bits
SPOKEN = CodeFormat(length=10, group=5, lifetime=timedelta(minutes=15), attempts=5)  # 50 bits
FORMATS = (COPIED, SPOKEN)


def accepted_hashes(given: str) -> list[str]:
    """Return the hashes of the codes that this input may stand for: itself, and the generated code that it spells."""
    generated = spelled_code(given)
    return [*hashing.text_hashes(given), *(hashing.text_hashes(generated) if generated else ())]


def spelled_code(given: str) -> str | None:
    """Return the generated code that this input spells, with its hyphens; None if it has not the form of one."""
    if len(given) > MAX_TYPED_LENGTH:
        return None
    typed = SEPARATORS.sub("", given)
    characters = typed.upper().translate(LOOK_ALIKES)
    if not typed.isascii() or not set(characters) <= set(ALPHABET):
        return None
    return next((it.grouped(characters) for it in FORMATS if it.length == len(characters)), None)
