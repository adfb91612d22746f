"""Python's decoding of quoted cookies, in a time that grows with their length alone.

Before Python 3.11.10 and 3.12.6, the time grew with the square of it (CVE-2024-7592): a Cookie header of 80 KB, which
Django decodes for every request that asks for a cookie, took a quarter of a minute, and stopped the whole process.
"""

import re
from http import cookies
from typing import Any

ESCAPED = re.compile(r"\\(?:([0-3][0-7][0-7])|(.))")


def unquote(value: str) -> str:
    """Return the text of a cookie's value, as `http.cookies` of a current Python does."""
    if value is None or len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    return ESCAPED.sub(_unescape, value[1:-1])


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 8)) if match[1] else match[2]


def decode_in_linear_time() -> None:
    """Replace what a Python that is older than the correction has. Django and `SimpleCookie` call it by its name."""
    standard: Any = cookies
    if hasattr(standard, "_QuotePatt"):  # the correction has removed it
        standard._unquote = unquote
