"""Secret codes that Dashboard generates: to be copied, to be mailed, or to be read out on the telephone.

See `dashboard.core.crypto.readable_codes` for how they look. The hash is that of the code with its hyphens. Codes
that clients choose have no hyphens, so that only generated codes are accepted in another spelling.
"""

from dataclasses import dataclass
from datetime import timedelta

from dashboard.core.crypto import hashing
from dashboard.core.crypto.readable_codes import grouped, random_characters, spelled_characters


@dataclass(frozen=True)
class CodeFormat:
    """How long a generated code is, in characters of 5 random bits, and what limits it besides its single use."""

    length: int
    group: int
    lifetime: timedelta | None = None
    attempts: int | None = None  # wrong codes for the account after which the code is no longer accepted

    def generate(self) -> str:
        return self.grouped(random_characters(self.length))

    def grouped(self, characters: str) -> str:
        return grouped(characters, self.group)


COPIED = CodeFormat(length=28, group=4)  # 140 bits
SPOKEN = CodeFormat(length=10, group=5, lifetime=timedelta(minutes=15), attempts=5)  # 50 bits
MAILED = CodeFormat(length=28, group=4, lifetime=timedelta(hours=1))  # COPIED for less time: a mailbox keeps it
FORMATS = (COPIED, SPOKEN)


def accepted_hashes(given: str) -> list[str]:
    """Return the hashes of the codes that this input may stand for: itself, and the generated code that it spells."""
    generated = spelled_code(given)
    return [*hashing.text_hashes(given), *(hashing.text_hashes(generated) if generated else ())]


def spelled_code(given: str) -> str | None:
    """Return the generated code that this input spells, with its hyphens; None if it does not have the form of one."""
    characters = spelled_characters(given)
    if characters is None:
        return None
    return next((it.grouped(characters) for it in FORMATS if it.length == len(characters)), None)
