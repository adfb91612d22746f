"""Output in encodings that cannot express every character, such as those of old terminals and of `LANG=C`."""

import codecs
import io
import re
import sys
import unicodedata
from typing import Any

HANDLER = "dashboard-substitute"
SUBSTITUTES = {"✓": "+", "✗": "x", "→": "->", "…": "..."}  # what commands print themselves


def prepare_output() -> None:
    """Let standard output and standard error substitute what they cannot encode, instead of raising an error."""
    codecs.register_error(HANDLER, _substitute)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # None if it is closed
            stream.reconfigure(errors=HANDLER)


def _substitute(error: UnicodeError) -> tuple[str, int]:
    """An error handler of codecs, see https://docs.python.org/3/library/codecs.html#error-handlers"""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_in_ascii, error.object[error.start : error.end])), error.end


def _in_ascii(letter: str) -> str:
    """Return what comes nearest: the letter without its accents, or a question mark."""
    if letter in SUBSTITUTES:
        return SUBSTITUTES[letter]
    return unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode() or "?"


def portable_json(text: str, stream: Any) -> str:
    """Return JSON text for a stream. If its encoding is not UTF-8, characters beyond ASCII are escaped (RFC 8259)."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    if codecs.lookup(encoding).name == "utf-8":
        return text
    return re.sub(r"[^\x00-\x7f]", lambda found: _escaped(found[0]), text)


def _escaped(letter: str) -> str:
    """Return a character as one or, beyond the first plane, two escaped UTF-16 code units."""
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
