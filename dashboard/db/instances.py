"""Rows for reading, made of their columns without a model's `__init__`, which costs more than all else of a lookup."""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeVar

from django.db import models

Row = TypeVar("Row", bound=models.Model)


@lru_cache
def columns(model: type[models.Model]) -> tuple[int, tuple[str, ...]]:
    """The columns that may be cached, in the model's order, and their fingerprint: another release may have others."""
    never: frozenset[str] = getattr(model, "never_cached", frozenset())
    names = tuple(field.attname for field in model._meta.concrete_fields if field.attname not in never)
    return zlib.crc32(",".join(names).encode()), names


def made(model: type[Row], names: tuple[str, ...], values: Sequence[Any]) -> Row:
    """As `Model.from_db`, without its signals and checks; other columns are read when they are asked for."""
    row = model.__new__(model)
    row._state = models.base.ModelState()
    row._state.adding, row._state.db = False, "default"
    row.__dict__.update(zip(names, values, strict=True))
    return row
