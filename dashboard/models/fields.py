"""The field of ids."""

import re
import secrets
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

ID_PATTERN = re.compile(r"[a-z]{4}_[0-9a-f]{16}")


class IdField(models.CharField):  # type: ignore[type-arg]
    """A primary key such as acct_8485ad4a95d2eac8: four letters and 16 hex digits from `secrets`."""

    def __init__(self, prefix: str, **options: Any) -> None:
        self.prefix = prefix
        super().__init__(**{**options, "max_length": 21, "primary_key": True})

    def deconstruct(self) -> Any:
        name, path, _, options = super().deconstruct()
        del options["max_length"], options["primary_key"]
        return name, path, (self.prefix,), options

    def get_default(self) -> str:
        return f"{self.prefix}_{secrets.token_hex(8)}"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Avoid `varchar`, for which Django creates a second index on PostgreSQL, for LIKE. No id needs it."""
        return "character varying(21)"
