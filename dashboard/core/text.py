"""Text that every database can store."""

STORABLE = r"^[^\u0000]*$"


def is_storable(text: str) -> bool:
    """Whether a text has neither NUL, which PostgreSQL has no room for, nor a lone surrogate, which UTF-8 has not."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
