"""Placeholders for random values, to compare whole JSON documents."""

import re
from typing import Any


class Form:
    """Equal to every string that matches the pattern."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other) is not None

    __hash__ = None

    def __repr__(self) -> str:
        return f"<{self.pattern}>"


def an_id(prefix: str) -> Any:
    return Form(prefix + "_[0-9a-f]{16}")


def hex_digits(count: int) -> Any:
    return Form(f"[0-9a-f]{{{count}}}")
