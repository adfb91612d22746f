"""Text that every database can store."""

STORABLE = r"^[^\u0000]*$"


def is_storable(text: str) -> bool:
    """Whether a text has no NUL, which PostgreSQL cannot store, and no lone surrogate, which UTF-8 cannot encode."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
